/**
 * What the processes of the bench tell each other.
 *
 * @module
 */

/** CPU time since the process began, in microseconds: of all its threads, and of the main one; and its memory. */
export interface CpuUse {
	readonly all: number;
	readonly main: number;
	readonly residentBytes: number;
}

/** Where a server answers. */
export interface Started {
	readonly url: string;
	readonly key?: string;
}
