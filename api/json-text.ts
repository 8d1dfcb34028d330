/**
 * JSON from outside: parsed only if it is not nested deeper than anything that means something here.
 *
 * @module
 */
import {PerennialError} from '../core/domain/index.ts';

/** Arrays and objects inside each other, at most; a spec has 8. What is deeper is refused before it is parsed. */
export const JSON_DEPTH_MAX = 64;

const [QUOTE, BACKSLASH, BRACKET_OPEN, BRACKET_CLOSE, BRACE_OPEN, BRACE_CLOSE] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Parse a text.
 *
 * Cost: one look at each character beside the parse.
 *
 * @throws PerennialError - BODY_MALFORMED if it is no JSON, or nested too deep.
 * @example
 * parseJsonText('{"a": [1, 2]}'); //=> {a: [1, 2]}
 */
export function parseJsonText(text: string): unknown {
	if (depthOf(text) > JSON_DEPTH_MAX) {
		throw new PerennialError('BODY_MALFORMED', `The body is nested deeper than ${JSON_DEPTH_MAX} arrays and objects; send it flat.`);
	}

	try {
		return JSON.parse(text);
	} catch (error) {
		throw new PerennialError('BODY_MALFORMED', `The body is no JSON: ${error instanceof Error ? error.message : String(error)}.`, {
			cause: error,
		});
	}
}

/**
 * Arrays and objects inside each other, at the deepest place; brackets inside strings do not count.
 *
 * @example
 * depthOf('[{"a": "[[["}]'); //=> 2
 */
export function depthOf(text: string): number {
	let [depth, deepest, isInString] = [0, 0, false];
	for (let at = 0; at < text.length; at++) {
		const code = text.charCodeAt(at);
		if (isInString) {
			if (code === BACKSLASH) {
				at++;
			} else if (code === QUOTE) {
				isInString = false;
			}
		} else if (code === QUOTE) {
			isInString = true;
		} else if (code === BRACE_OPEN || code === BRACKET_OPEN) {
			depth++;
			deepest = Math.max(deepest, depth);
		} else if (code === BRACE_CLOSE || code === BRACKET_CLOSE) {
			depth--;
		}
	}

	return deepest;
}
