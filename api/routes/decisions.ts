/**
 * /v1/models/:m/decisions: every answer of a stretch of time, for audit and for analysis elsewhere.
 *
 * @module
 */
import {Router} from 'express';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {z} from 'zod';
import {PerennialError, type Logger} from '../../core/domain/index.ts';
import {modelPath, responses, type RoutePaths} from '../openapi.ts';
import {parseQuery} from '../paging.ts';

/** What a file can be. */
export type ExportFormat = 'ndjson' | 'parquet';

/** What these routes ask for. */
export interface DecisionArchive {
	/** Chunks of the file. @throws PerennialError - MODEL_NOT_FOUND, MODEL_RETIRED; while it is read STORAGE_FULL, RUNTIME_UNAVAILABLE. */
	exportDecisions(
		model: string,
		range: {readonly from: number; readonly before: number},
		format: ExportFormat,
	): Promise<AsyncIterable<string | Uint8Array>>;
}

const MEDIA_TYPES: Readonly<Record<ExportFormat, string>> = {ndjson: 'application/x-ndjson', parquet: 'application/vnd.apache.parquet'};
const time = z.iso.datetime({offset: true});
const exportSchema = z.object({
	from: time.meta({description: 'Answers given at this time or later.'}),
	before: time.optional().meta({description: 'Answers given before this time; all newer ones, if absent.'}),
	format: z.enum(['ndjson', 'parquet']).default('ndjson'),
});

/** Routes under /v1/models. */
export function decisionRoutes(archive: DecisionArchive, {logger}: {readonly logger: Logger}): Router {
	const router = Router();

	// GET /:model/decisions?from&before&format -> 200 the file; 404 MODEL_NOT_FOUND; 422 PARAMETER_INVALID.
	router.get('/:model/decisions', async (request, response) => {
		const {from, before, format} = parseQuery(exportSchema, request.query);
		const range = {from: Date.parse(from), before: before === undefined ? Infinity : Date.parse(before)};
		if (range.before <= range.from) {
			throw new PerennialError('PARAMETER_INVALID', 'before must be later than from.', {
				faults: [{path: 'before', code: 'PARAMETER_INVALID', message: 'must be later than from'}],
			});
		}

		const {model} = request.params;
		const chunks = (await archive.exportDecisions(model, range, format))[Symbol.asyncIterator]();
		// What fails before the first chunk is still an answer with a status.
		const first = await chunks.next();
		response.set({
			'Content-Type': MEDIA_TYPES[format],
			'Content-Disposition': `attachment; filename="decisions-${model}.${format}"`,
		});
		try {
			await pipeline(Readable.from(startingWith(first, chunks)), response);
		} catch (error) {
			// The client hears it by the connection, which is cut before the end of the file.
			logger.warn('an export of decisions broke off', {model, format, error});
			response.destroy();
		}
	});

	return router;
}

async function* startingWith<Chunk>(first: IteratorResult<Chunk>, rest: AsyncIterator<Chunk>): AsyncGenerator<Chunk> {
	try {
		for (let result = first; !result.done; result = await rest.next()) {
			yield result.value;
		}
	} finally {
		await rest.return?.();
	}
}

/** These routes in the contract. */
export const decisionPaths: RoutePaths = {
	'/v1/models/{model}/decisions': {
		get: {
			summary: 'The answers of a stretch of time, as a file',
			requestParams: {path: modelPath, query: exportSchema},
			responses: responses(200, 'NDJSON, a record a line; or Parquet.', z.string(), 'application/x-ndjson'),
		},
	},
};
