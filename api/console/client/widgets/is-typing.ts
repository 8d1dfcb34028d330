/**
 * Whether a key belongs to something else than the page's own keys.
 *
 * @module
 */

/** True for keys with a modifier, keys typed into a field, and keys within a dialog. */
export function isTyping(event: KeyboardEvent): boolean {
	const field = event.target instanceof Element ? event.target.closest('input, textarea, select, dialog') : null;
	return event.ctrlKey || event.metaKey || event.altKey || field !== null;
}
