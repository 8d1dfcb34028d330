/**
 * Everything the console shows live, as one numbered feed with a memory.
 *
 * @module
 */
import type {EventFeed, FeedMessage, NumberedMessage} from '../api/index.ts';

/** Messages remembered; a stream that was away for longer is told to start afresh. */
const REMEMBERED_MAX = 1000;

/** The feed behind /v1/stream. */
export class LiveFeed implements EventFeed {
	readonly #messages: NumberedMessage[] = [];
	readonly #listeners = new Set<(message: NumberedMessage) => void>();
	#next = 1;

	/** Tell everybody. */
	publish(type: string, data: unknown): void {
		const message: NumberedMessage = {id: this.#next++, type, data};
		this.#messages.push(message);
		if (this.#messages.length > REMEMBERED_MAX) {
			this.#messages.shift();
		}

		for (const listener of this.#listeners) {
			listener(message);
		}
	}

	since(id: number): readonly NumberedMessage[] | undefined {
		const oldest = this.#messages[0]?.id ?? this.#next;
		return Number.isInteger(id) && id + 1 >= oldest && id < this.#next ? this.#messages.filter(message => message.id > id) : undefined;
	}

	subscribe(listener: (message: FeedMessage & NumberedMessage) => void): () => void {
		this.#listeners.add(listener);
		return () => {
			this.#listeners.delete(listener);
		};
	}
}
