/**
 * /v1/models/:m/monitor: is the model still right.
 *
 * @module
 */
import {Router, json} from 'express';
import {z} from 'zod';
import {vintageOf, type Alarm, type DriftWindow, type QualityWindow, type SegmentWindow} from '../../core/domain/index.ts';
import {anyObject, modelPath, pageQuery, pageSchema, responses, type RoutePaths} from '../openapi.ts';
import {pageOf, parseQuery} from '../paging.ts';

/** What these routes ask for. All throw PerennialError MODEL_NOT_FOUND. */
export interface MonitorReader {
	/** Oldest first. */
	quality(model: string): Promise<readonly QualityWindow[]>;
	/** Oldest first. */
	drift(model: string): Promise<readonly DriftWindow[]>;
	/** Oldest first. */
	segments(model: string): Promise<readonly SegmentWindow[]>;
	/** Newest first. */
	alarms(model: string): Promise<readonly Alarm[]>;
	/** @throws PerennialError - OBJECT_NOT_FOUND. */
	acknowledge(model: string, alarm: string): Promise<Alarm>;
}

const acknowledgeSchema = z.strictObject({state: z.literal('acknowledged')});
/** Charts want all windows at once. */
const WINDOWS_PAGE = 1000;

/** Routes under /v1/models. */
export function monitorRoutes(monitor: MonitorReader): Router {
	const router = Router();

	// GET /:model/monitor/quality -> 200 page of QualityWindow, oldest first.
	router.get('/:model/monitor/quality', async (request, response) => {
		response.json(pageOf(await monitor.quality(request.params.model), {limit: WINDOWS_PAGE, ...request.query}, ({start}) => start));
	});

	// GET /:model/monitor/vintages -> 200 page of Vintage, oldest first.
	router.get('/:model/monitor/vintages', async (request, response) => {
		const vintages = (await monitor.quality(request.params.model)).flatMap(window => vintageOf(window) ?? []);
		response.json(pageOf(vintages, {limit: WINDOWS_PAGE, ...request.query}, ({start}) => start));
	});

	// GET /:model/monitor/drift -> 200 page of DriftWindow, oldest first.
	router.get('/:model/monitor/drift', async (request, response) => {
		response.json(pageOf(await monitor.drift(request.params.model), {limit: WINDOWS_PAGE, ...request.query}, ({start}) => start));
	});

	// GET /:model/monitor/segments -> 200 page of SegmentWindow, oldest first.
	router.get('/:model/monitor/segments', async (request, response) => {
		response.json(pageOf(await monitor.segments(request.params.model), {limit: WINDOWS_PAGE, ...request.query}, ({start}) => start));
	});

	// GET /:model/monitor/alarms -> 200 page of Alarm, newest first.
	router.get('/:model/monitor/alarms', async (request, response) => {
		response.json(pageOf(await monitor.alarms(request.params.model), {limit: WINDOWS_PAGE, ...request.query}, ({id}) => id));
	});

	// PATCH /:model/monitor/alarms/:alarm {state: acknowledged} -> 200 Alarm; 404.
	router.patch('/:model/monitor/alarms/:alarm', json(), async (request, response) => {
		parseQuery(acknowledgeSchema, request.body);
		response.json(await monitor.acknowledge(request.params.model, request.params.alarm));
	});

	return router;
}

const list = (summary: string): NonNullable<RoutePaths['']>['get'] => ({
	summary,
	requestParams: {path: modelPath, query: pageQuery},
	responses: responses(200, 'A page.', pageSchema(anyObject)),
});

/** These routes in the contract. */
export const monitorPaths: RoutePaths = {
	'/v1/models/{model}/monitor/quality': {get: list('Quality by window of event time and series')!},
	'/v1/models/{model}/monitor/vintages': {get: list('Vintages: maturity curves, and final or expected figures with their bounds')!},
	'/v1/models/{model}/monitor/drift': {get: list('Drift by window of event time and feature')!},
	'/v1/models/{model}/monitor/segments': {get: list('Quality by segment, and gaps between protected groups, by window of event time')!},
	'/v1/models/{model}/monitor/alarms': {get: list('Alarms, newest first')!},
	'/v1/models/{model}/monitor/alarms/{alarm}': {
		patch: {
			summary: 'Acknowledge an alarm',
			requestParams: {path: modelPath.extend({alarm: z.string()})},
			requestBody: {content: {'application/json': {schema: acknowledgeSchema}}},
			responses: responses(200, 'The alarm.', anyObject),
		},
	},
};
