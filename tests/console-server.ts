/**
 * A server that answers what the console asks for out of a sample, with a live stream that tests feed. Real HTTP on 127.0.0.1.
 *
 * @module
 */
import {once} from 'node:events';
import {createServer, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import express, {type Express, type RequestHandler} from 'express';
import {vintageOf} from '../core/domain/index.ts';
import {SAMPLE_BACKTESTS} from './console-backtest.ts';
import {SAMPLE_NOW, type Sample, type SampleModel} from './console-sample.ts';
import {sampleSegments} from './segment-sample.ts';

/** The server. Stop it and start it again on the same port to see what a page does. */
export class ConsoleServer {
	readonly sample: Sample;
	/** Last-Event-ID of each stream opened, oldest first; empty without one. */
	readonly resumed: string[] = [];
	/** Method and path of each request to /v1. */
	readonly asked: string[] = [];
	/** Paths that fail with 503 as long as they stand here. */
	readonly failing = new Set<string>();
	readonly #app: Express;
	readonly #streams = new Set<ServerResponse>();
	readonly #sent: {readonly id: number; readonly frame: string}[] = [];
	#server: Server | undefined;
	#port = 0;

	constructor(sample: Sample, consolePages: RequestHandler) {
		this.sample = sample;
		this.#app = express();
		this.#app.use((request, response, next) => {
			if (request.path.startsWith('/v1')) {
				this.asked.push(`${request.method} ${request.path}`);
			}

			if (this.failing.has(request.path)) {
				response.status(503).json({code: 'OBJECT_STORE_UNAVAILABLE', detail: 'The object store does not answer.'});
			} else {
				next();
			}
		});
		this.#addRoutes();
		this.#app.use(consolePages);
	}

	get url(): string {
		return `http://127.0.0.1:${this.#port}`;
	}

	async start(): Promise<void> {
		this.#server = createServer(this.#app).listen(this.#port, '127.0.0.1');
		await once(this.#server, 'listening');
		this.#port = (this.#server.address() as AddressInfo).port;
	}

	async stop(): Promise<void> {
		const server = this.#server;
		if (server) {
			const closed = once(server, 'close');
			server.close();
			server.closeAllConnections();
			await closed;
		}

		this.#server = undefined;
	}

	/** Break every stream; the pages come back by themselves. */
	dropStreams(): void {
		for (const response of this.#streams) {
			response.destroy();
		}
	}

	/** Send a message to every page, and to those that resume later. */
	send(type: string, data: unknown): void {
		const id = this.#sent.length + 1;
		const frame = `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
		this.#sent.push({id, frame});
		for (const response of this.#streams) {
			response.write(frame);
		}
	}

	#addRoutes(): void {
		const {sample} = this;
		const list = (path: string, items: (model: SampleModel) => readonly unknown[]): void => {
			this.#app.get(`/v1/models/:model${path}`, (request, response) => {
				const model = sample.models.get(request.params['model'] ?? '');
				response
					.status(model ? 200 : 404)
					.json(
						model ? {items: items(model)} : {code: 'MODEL_NOT_FOUND', detail: `No model is called ${request.params['model']}.`},
					);
			});
		};

		this.#app.get('/v1/clock', (_request, response) => response.json(sample.clock));
		this.#app.get('/v1/models', (_request, response) =>
			response.json({items: [...sample.models.values()].map(({summary}) => summary)}),
		);
		// As the REST face does: the ETag is the version of the spec, whatever else has changed.
		this.#app.get('/v1/models/:model', (request, response) => {
			const model = sample.models.get(request.params.model);
			response
				.status(model ? 200 : 404)
				.set('ETag', `"${model?.summary.specVersion ?? 0}"`)
				.json(model ? {...model.summary, spec: model.spec} : {code: 'MODEL_NOT_FOUND', detail: 'No such model.'});
		});
		list('/monitor/quality', ({quality}) => quality);
		list('/monitor/vintages', ({quality}) => quality.flatMap(window => vintageOf(window) ?? []));
		list('/monitor/segments', ({quality}) => (quality.length > 0 ? sampleSegments(Date.parse(quality[0]!.start)) : []));
		list('/monitor/drift', ({drift}) => drift);
		list('/monitor/alarms', ({alarms}) => alarms);
		list('/marks', ({marks}) => marks);
		list('/versions', ({versions}) => versions);
		this.#app.get('/v1/models/:model/channels/:channel/history', (request, response) => {
			response.json({items: sample.models.get(request.params.model)?.moves[request.params.channel] ?? []});
		});
		this.#app.get('/v1/models/:model/backtests', (request, response) => {
			response.json({items: sample.backtests.filter(({model}) => model === request.params.model)});
		});
		this.#app.post('/v1/models/:model/backtests', (request, response) => {
			const {error: _, result: __, endedAt: ___, ...job} = {...SAMPLE_BACKTESTS[1]!, model: request.params.model};
			response.status(202).json({...job, id: 'job-50', state: 'queued', createdAt: SAMPLE_NOW, message: 'waiting'});
		});
		this.#app.post('/v1/decisions/:decision/review', express.json(), (request, response) => {
			const review = {
				...(request.body as {action: string; reason: string}),
				by: 'k-reviewer',
				reviewedAt: '2026-09-03T10:00:00.000Z',
			};
			sample.decisions = sample.decisions.map(one => (one.decisionId === request.params.decision ? {...one, review} : one));
			response.json(sample.decisions.find(({decisionId}) => decisionId === request.params.decision));
		});
		this.#app.get('/v1/decisions/:decision', (request, response) => {
			const decision = sample.decisions.find(({decisionId}) => decisionId === request.params.decision);
			response
				.status(decision ? 200 : 404)
				.json(decision ?? {code: 'DECISION_NOT_FOUND', detail: `There is no decision ${request.params.decision}.`});
		});
		this.#app.get('/v1/edges', (_request, response) => response.json({items: sample.edges}));
		this.#addChanges();
		this.#app.get('/v1/stream', (request, response) => {
			this.#stream(request.get('last-event-id'), response);
		});
	}

	#addChanges(): void {
		const {sample} = this;
		this.#app.get('/v1/jobs', (_request, response) => response.json({items: sample.jobs}));
		this.#app.delete('/v1/jobs/:job', (request, response) => {
			sample.jobs = sample.jobs.map(job =>
				job.id === request.params.job ? {...job, state: 'cancelled', endedAt: job.createdAt + 5000} : job,
			);
			response.json(sample.jobs.find(({id}) => id === request.params.job));
		});
		this.#app.patch('/v1/models/:model/monitor/alarms/:alarm', (request, response) => {
			const model = sample.models.get(request.params.model)!;
			model.alarms = model.alarms.map(alarm => (alarm.id === request.params.alarm ? {...alarm, state: 'acknowledged'} : alarm));
			response.json(model.alarms.find(({id}) => id === request.params.alarm));
		});
	}

	#stream(last: string | undefined, response: ServerResponse): void {
		this.resumed.push(last ?? '');
		response.writeHead(200, {'content-type': 'text/event-stream', 'cache-control': 'no-store'});
		response.write(`: open\n\nevent: clock\ndata: ${JSON.stringify(this.sample.clock)}\n\n`);
		for (const {frame} of last === undefined ? [] : this.#sent.slice(Number(last))) {
			response.write(frame);
		}

		this.#streams.add(response);
		response.once('close', () => this.#streams.delete(response));
	}
}
