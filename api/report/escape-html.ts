/**
 * Text in a page.
 *
 * @module
 */

const ENTITIES: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;'};

/**
 * Text as it may stand between tags and in attributes.
 *
 * @example
 * escapeHtml('<b title="x">'); //=> '&lt;b title=&quot;x&quot;&gt;'
 */
export function escapeHtml(text: string): string {
	return text.replaceAll(/[&<>"']/gv, letter => ENTITIES[letter]!);
}
