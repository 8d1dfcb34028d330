/**
 * What a request asks for the right to do: one table, read from the top. A route that no line names needs an `admin` key.
 *
 * @module
 */
import type {Action} from '../../core/domain/index.ts';

/** What a request needs. */
export interface Access {
	/** `public`: no key; `any`: a key, whatever it is for. */
	readonly action: Action | 'public' | 'any';
	/** The model that it is about; undefined if it is about all, and then a key must be for all. */
	readonly model?: string;
	/** True if it is about no model at all. */
	readonly isShared?: boolean;
	/** True for changes that the audit keeps; data that streams in, and answers, have records of their own. */
	readonly isAudited: boolean;
}

interface Rule {
	/** Empty: any method. */
	readonly methods: readonly string[];
	readonly path: RegExp;
	readonly action: Access['action'];
	readonly isShared?: boolean;
	readonly isAudited?: boolean;
}

const READ = ['GET', 'HEAD'];
const MODEL = '(?<model>[^\\/]+)';
const path = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`, 'v');

/** MLflow's routes name the model in the query or the body, so the routes themselves hold a key to its models. */
const MLFLOW = '\\/(?:ajax-)?api\\/2\\.0\\/mlflow\\/(?:registered-models|model-versions)\\/';

const RULES: readonly Rule[] = [
	{
		methods: READ,
		path: path('\\/health\\/(?:live|ready)|\\/v2\\/health\\/(?:live|ready)|\\/v2\\/?|\\/errors|\\/openapi\\.json'),
		action: 'public',
	},
	{methods: READ, path: path('\\/|\\/models(?:\\/.*)?|\\/jobs\\/?|\\/edge\\/?|\\/assets\\/.*'), action: 'any'},
	{methods: ['POST'], path: path(`\\/v1\\/models\\/${MODEL}\\/predict`), action: 'predict', isAudited: false},
	// The body names the model, so the route itself holds a key to its models.
	{methods: ['POST'], path: path('\\/v1\\/decide'), action: 'predict', isShared: true, isAudited: false},
	{methods: ['POST'], path: path(`\\/v2\\/models\\/${MODEL}(?:\\/versions\\/[^\\/]+)?\\/infer`), action: 'predict', isAudited: false},
	{methods: ['POST'], path: path(`\\/v1\\/models\\/${MODEL}\\/(?:events|labels)`), action: 'write', isAudited: false},
	{methods: READ, path: path(`\\/v1\\/models\\/${MODEL}\\/(?:channels|artifacts)\\/.+`), action: 'edge'},
	{methods: ['POST'], path: path('\\/v1\\/edges\\/[^\\/]+\\/report'), action: 'edge', isShared: true, isAudited: false},
	{methods: READ, path: path('\\/v1\\/(?:clock|signing-keys)'), action: 'any', isShared: true},
	// Event time moves in replays only, and then many times a minute.
	{methods: ['PUT'], path: path('\\/v1\\/clock'), action: 'admin', isAudited: false},
	{methods: READ, path: path('\\/v1\\/(?:keys|audit)(?:\\/.*)?'), action: 'admin'},
	{methods: READ, path: path(`\\/v1\\/decisions\\/d-${MODEL}-[^\\-\\/]+`), action: 'read'},
	{methods: READ, path: path(`\\/v[12]\\/models\\/${MODEL}(?:\\/.*)?`), action: 'read'},
	{methods: ['POST'], path: path(`\\/v1\\/decisions\\/d-${MODEL}-[^\\-\\/]+\\/review`), action: 'operate'},
	{methods: READ, path: path('\\/v1\\/quotas'), action: 'read', isShared: true},
	{methods: ['POST'], path: path('\\/v2\\/repository\\/index'), action: 'read', isAudited: false},
	{methods: READ, path: path('\\/metrics|\\/v1\\/(?:models|jobs|edges|stream|decisions)(?:\\/.*)?'), action: 'read'},
	{methods: ['POST'], path: path(`\\/v2\\/repository\\/models\\/${MODEL}\\/(?:un)?load`), action: 'operate'},
	{methods: ['POST'], path: path(`\\/v1\\/models\\/${MODEL}\\/(?:triggers|backtests)(?:\\/.*)?`), action: 'operate'},
	{methods: ['PATCH'], path: path(`\\/v1\\/models\\/${MODEL}\\/monitor\\/.*`), action: 'operate'},
	{methods: READ, path: path('\\/api\\/3\\.0\\/mlflow\\/server-info'), action: 'any', isShared: true},
	{methods: READ, path: path(`${MLFLOW}.*`), action: 'read', isShared: true},
	{methods: ['POST'], path: path(`${MLFLOW}get-latest-versions`), action: 'read', isShared: true, isAudited: false},
	{methods: ['POST', 'PATCH', 'DELETE'], path: path(`${MLFLOW}.*`), action: 'manage', isShared: true},
	{methods: [], path: path('\\/v1\\/jobs(?:\\/.*)?'), action: 'operate'},
	{methods: [], path: path(`\\/v1\\/models\\/${MODEL}(?:\\/.*)?`), action: 'manage'},
	{methods: ['POST'], path: path('\\/v1\\/models'), action: 'manage'},
];

const isSafe = (method: string): boolean => READ.includes(method);

/**
 * What a request needs.
 *
 * @example
 * accessOf('POST', '/v1/models/loans/predict?x=1'); //=> {action: 'predict', model: 'loans', isAudited: false}
 * accessOf('PUT', '/v1/models/loans/channels/champion').action; //=> 'manage'
 * accessOf('GET', '/health/live').action; //=> 'public'
 * accessOf('PUT', '/v1/clock').action; //=> 'admin'
 */
export function accessOf(method: string, url: string): Access {
	const end = url.indexOf('?');
	const place = end === -1 ? url : url.slice(0, end);
	for (const {methods, path: pattern, action, isShared, isAudited = true} of RULES) {
		const match = methods.length === 0 || methods.includes(method) ? pattern.exec(place) : null;
		if (match) {
			const model = match.groups?.['model'];
			return {
				action,
				isAudited: isAudited && !isSafe(method),
				...(model !== undefined && {model: decoded(model)}),
				...(isShared && {isShared}),
			};
		}
	}

	return {action: 'admin', isAudited: !isSafe(method)};
}

/** A name that cannot be decoded is no model's. */
function decoded(name: string): string {
	try {
		return decodeURIComponent(name);
	} catch (error) {
		return error instanceof URIError ? name : String(error);
	}
}
