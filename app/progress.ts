/**
 * Progress on a terminal, or a line every few seconds where there is none.
 *
 * @module
 */

/** Where progress goes; a part of process.stderr. */
export interface ProgressOutput {
	readonly isTTY?: boolean;
	readonly columns?: number;
	write(text: string): unknown;
}

const BAR_WIDTH = 28;
const TERMINAL_MS = 100;
const LINE_MS = 5000;

/** A bar that is drawn over itself; elsewhere a line now and then. */
export class ProgressBar {
	readonly #output: ProgressOutput;
	#shownAt = -Infinity;
	#isOpen = false;

	constructor(output: ProgressOutput) {
		this.#output = output;
	}

	/** Show how far it is; `share` in 0..1. Costs nothing when called too often. */
	update(share: number, text: string): void {
		const isTerminal = this.#output.isTTY === true;
		const now = performance.now();
		if (now - this.#shownAt < (isTerminal ? TERMINAL_MS : LINE_MS)) {
			return;
		}

		this.#shownAt = now;
		this.#show(share, text, isTerminal);
	}

	/** Show the end, whatever was shown last. */
	done(text: string): void {
		this.#show(1, text, this.#output.isTTY === true);
		if (this.#isOpen) {
			this.#output.write('\n');
			this.#isOpen = false;
		}
	}

	#show(share: number, text: string, isTerminal: boolean): void {
		const bounded = Math.min(1, Math.max(0, share));
		const percent = `${Math.floor(bounded * 100)} %`.padStart(5);
		if (isTerminal) {
			const full = Math.round(bounded * BAR_WIDTH);
			const line = `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)} ${percent}  ${text}`;
			this.#output.write(`\r\u001B[2K${line.slice(0, (this.#output.columns ?? 120) - 1)}`);
			this.#isOpen = true;
		} else {
			this.#output.write(`${percent}  ${text}\n`);
		}
	}
}
