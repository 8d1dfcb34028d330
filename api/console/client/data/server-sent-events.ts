/**
 * Reads text/event-stream piece by piece.
 *
 * @module
 */

/** One message of a stream. */
export interface StreamMessage {
	/** Empty if it has none. */
	readonly id: string;
	readonly type: string;
	readonly data: string;
}

/** Characters of one unfinished message; a stream with longer ones is not ours, and the reader throws. */
const MESSAGE_LENGTH_MAX = 4 << 20;

/**
 * Collects text and gives the messages that are whole. Comments (heartbeats) give none.
 *
 * Source: WHATWG HTML, "Server-sent events", section 9.2.6. Does not read `retry`: the connection has its own back-off.
 *
 * @example
 * const reader = new ServerSentEventReader();
 * reader.push('id: 7\nevent: clock\nda'); //=> []
 * reader.push('ta: {"now":1}\n\n: still here\n\n'); //=> [{id: '7', type: 'clock', data: '{"now":1}'}]
 */
export class ServerSentEventReader {
	#rest = '';
	#id = '';
	#type = '';
	#data: string[] = [];

	/** @throws Error - if one message grows beyond all bounds. */
	push(text: string): StreamMessage[] {
		const lines = `${this.#rest}${text}`.split(/\r\n|\n|\r(?!$)/v);
		this.#rest = lines.pop()!;
		if (this.#rest.length > MESSAGE_LENGTH_MAX) {
			throw new Error('A message of the stream is too long.');
		}

		return lines.flatMap(line => this.#take(line));
	}

	#take(line: string): StreamMessage[] {
		if (line === '') {
			const message = {id: this.#id, type: this.#type === '' ? 'message' : this.#type, data: this.#data.join('\n')};
			const isWhole = this.#data.length > 0;
			[this.#id, this.#type, this.#data] = ['', '', []];
			return isWhole ? [message] : [];
		}

		const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/sv.exec(line) ?? [];
		if (field === 'id') {
			this.#id = value;
		} else if (field === 'event') {
			this.#type = value;
		} else if (field === 'data') {
			this.#data.push(value);
		}

		return [];
	}
}
