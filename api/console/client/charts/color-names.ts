/**
 * Names of the colours that charts use: custom properties of the style sheet.
 *
 * @module
 */

/** All of them. */
export const COLOR_NAMES = [
	'surface',
	'sunken',
	'line',
	'edge',
	'ink',
	'ink2',
	'ink3',
	'champion',
	'shadow1',
	'shadow2',
	'frozen',
	'ok',
	'alarm',
] as const;

/** Colours that charts use. */
export type ColorName = (typeof COLOR_NAMES)[number];
