/**
 * Labels over HTTP: one object, an array, or NDJSON.
 *
 * @module
 */
import {PerennialError} from '../../core/domain/index.ts';
import {EVENTS_MAX, parseJson, readJsonLines, type EventRequest} from './cloud-events.ts';

/**
 * The label documents of a request, unchecked. A line that is no JSON becomes a document that no label schema takes.
 *
 * @throws PerennialError - MEDIA_TYPE_UNSUPPORTED, BODY_MALFORMED, BODY_TOO_LARGE.
 */
export function fromLabelRequest({mediaType, body}: Pick<EventRequest, 'mediaType' | 'body'>): unknown[] {
	switch (mediaType) {
		case 'application/x-ndjson':
		case 'application/ndjson': {
			return readJsonLines(body).map(line => ('faults' in line ? undefined : line.value));
		}

		case 'application/json': {
			const document = parseJson(body);
			const items: unknown[] = Array.isArray(document) ? document : [document];
			if (items.length > EVENTS_MAX) {
				throw new PerennialError(
					'BODY_TOO_LARGE',
					`The request has ${items.length} labels; at most ${EVENTS_MAX} are taken at once.`,
				);
			}

			return items;
		}

		default: {
			throw new PerennialError(
				'MEDIA_TYPE_UNSUPPORTED',
				`Labels are not read from ${JSON.stringify(mediaType)}; send application/json or application/x-ndjson.`,
			);
		}
	}
}
