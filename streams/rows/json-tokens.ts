/**
 * JSON tokens out of bytes: numbers, plain strings, literals. Whatever is not in the common form is declined with -1, never guessed.
 *
 * @module
 */

/** What a token function gives for what it does not read. */
export const DECLINED = -1;

/** Powers of ten that a Float64 holds exactly. */
const POWERS = Float64Array.from({length: 23}, (_, exponent) => Number(`1e${exponent}`));
/** Integers below are exact in a Float64. */
const EXACT_BOUND = 2 ** 53;

/** The first place from `at` on that holds no JSON white space. */
export function skipSpace(bytes: Uint8Array, at: number): number {
	let place = at;
	for (let byte = bytes[place]; byte === 0x20 || byte === 0x09 || byte === 0x0d; byte = bytes[place]) {
		place++;
	}

	return place;
}

/**
 * Behind the string that begins with a quote at `at`; declined if it holds an escape, a control character or anything but ASCII, or does
 * not end before `end`.
 */
export function skipString(bytes: Uint8Array, at: number, end: number): number {
	for (let place = at + 1; place < end; place++) {
		const byte = bytes[place]!;
		if (byte === 0x22) {
			return place + 1;
		}

		if (byte < 0x20 || byte > 0x7e || byte === 0x5c) {
			return DECLINED;
		}
	}

	return DECLINED;
}

/** As {@link skipString}, for names that are looked up byte by byte: letters beyond ASCII may stand in them. */
export function skipName(bytes: Uint8Array, at: number, end: number): number {
	if (bytes[at] !== 0x22) {
		return DECLINED;
	}

	for (let place = at + 1; place < end; place++) {
		const byte = bytes[place]!;
		if (byte === 0x22) {
			return place + 1;
		}

		if (byte < 0x20 || byte === 0x5c) {
			return DECLINED;
		}
	}

	return DECLINED;
}

/** Behind `true`, `false` or `null` at `at`. */
export function skipLiteral(bytes: Uint8Array, at: number): number {
	const first = bytes[at];
	if (first === 0x6e) {
		return bytes[at + 1] === 0x75 && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x6c ? at + 4 : DECLINED;
	}

	if (first === 0x74) {
		return bytes[at + 1] === 0x72 && bytes[at + 2] === 0x75 && bytes[at + 3] === 0x65 ? at + 4 : DECLINED;
	}

	const isFalse = first === 0x66 && bytes[at + 1] === 0x61 && bytes[at + 2] === 0x6c && bytes[at + 3] === 0x73 && bytes[at + 4] === 0x65;
	return isFalse ? at + 5 : DECLINED;
}

/**
 * Behind the number at `at`; the number itself goes into `into[0]`. Declined if it is none by the grammar of JSON, or infinite.
 *
 * Up to 15 digits and 22 decimals come out of one exact integer and one exact power of ten, so that the one division rounds correctly (W. Clinger,
 * "How to Read Floating Point Numbers Accurately", PLDI 1990); all others are left to Number().
 */
export function readNumber(bytes: Uint8Array, at: number, into: Float64Array): number {
	const isNegative = bytes[at] === 0x2d;
	let place = isNegative ? at + 1 : at;
	const digitsFrom = place;
	let integer = 0;
	let byte = bytes[place]!;
	while (byte >= 0x30 && byte <= 0x39) {
		integer = integer * 10 + (byte - 0x30);
		byte = bytes[++place]!;
	}

	if (place === digitsFrom || (bytes[digitsFrom] === 0x30 && place > digitsFrom + 1)) {
		return DECLINED;
	}

	let decimals = 0;
	if (byte === 0x2e) {
		const decimalsFrom = ++place;
		byte = bytes[place]!;
		while (byte >= 0x30 && byte <= 0x39) {
			integer = integer * 10 + (byte - 0x30);
			byte = bytes[++place]!;
		}

		decimals = place - decimalsFrom;
		if (decimals === 0) {
			return DECLINED;
		}
	}

	if (byte === 0x65 || byte === 0x45 || integer >= EXACT_BOUND || decimals >= POWERS.length) {
		return readAnyNumber(bytes, at, place, into);
	}

	const value = decimals === 0 ? integer : integer / POWERS[decimals]!;
	into[0] = isNegative ? -value : value;
	return place;
}

/** A number whose mantissa ends at `mantissaEnd`, with whatever exponent follows. */
function readAnyNumber(bytes: Uint8Array, start: number, mantissaEnd: number, into: Float64Array): number {
	let place = mantissaEnd;
	if (bytes[place] === 0x65 || bytes[place] === 0x45) {
		place++;
		if (bytes[place] === 0x2b || bytes[place] === 0x2d) {
			place++;
		}

		const digitsFrom = place;
		while (bytes[place]! >= 0x30 && bytes[place]! <= 0x39) {
			place++;
		}

		if (place === digitsFrom) {
			return DECLINED;
		}
	}

	let text = '';
	for (let index = start; index < place; index++) {
		text += String.fromCodePoint(bytes[index]!);
	}

	into[0] = Number(text);
	return Number.isFinite(into[0]) ? place : DECLINED;
}
