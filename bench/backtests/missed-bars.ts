/**
 * Why bars are missed, by set: what was looked into and found. Stands on the index of the back-tests where a bar of the set does not hold.
 *
 * @module
 */

/** A sentence or two a set, Markdown. */
export const MISSED: Readonly<Record<string, string>> = {};
