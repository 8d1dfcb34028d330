/**
 * State as a shape first, a word second, a colour third.
 *
 * @module
 */
import type {ComponentChild} from 'preact';
import {useConsole} from '../console-context.ts';
import type {WordKey} from '../words.ts';

const LINE = {fill: 'none', stroke: 'currentColor', 'stroke-width': 1.75};
const FULL = {fill: 'currentColor'};
const RING = <circle cx="8" cy="8" r="5" {...LINE} stroke-dasharray="3 2.2" />;
const CROSS = (
	<g>
		<rect x="2.5" y="2.5" width="11" height="11" rx="1.5" {...LINE} />
		<path d="M5.5 5.5l5 5m0-5l-5 5" {...LINE} />
	</g>
);
const HALF = (
	<g>
		<circle cx="8" cy="8" r="5" {...LINE} />
		<path d="M8 3a5 5 0 0 1 0 10z" {...FULL} />
	</g>
);

const SHAPES = {
	ok: <circle cx="8" cy="8" r="4.5" {...FULL} />,
	waiting: HALF,
	running: HALF,
	alarm: <path d="M8 1.2 14.8 8 8 14.8 1.2 8z" {...FULL} />,
	acknowledged: <path d="M8 2.2 13.8 8 8 13.8 2.2 8z" {...LINE} />,
	refused: CROSS,
	failed: CROSS,
	promoted: <path d="M8 2.2 14 13H2z" {...FULL} />,
	trial: <path d="M8 3 13.4 12.4H2.6z" {...LINE} />,
	skipped: <path d="M3 8h10" {...LINE} />,
	edge: <path d="M1.5 6.2h13v3.6h-13z" {...FULL} />,
	silent: RING,
	retired: <circle cx="8" cy="8" r="5" {...LINE} />,
	queued: RING,
} as const satisfies Readonly<Record<string, ComponentChild>>;

/** A shape. */
export type GlyphKind = keyof typeof SHAPES;

/** The shape of a state. Without a title it says nothing to a screen reader: a word then stands beside it. */
export function Glyph({kind, size = 14, title}: {readonly kind: GlyphKind; readonly size?: number; readonly title?: string}) {
	const label = title === undefined ? {'aria-hidden': true} : ({role: 'img', 'aria-label': title} as const);
	return (
		<svg class={`glyph is-${kind}`} width={size} height={size} viewBox="0 0 16 16" {...label}>
			{SHAPES[kind]}
		</svg>
	);
}

/** Shape and word of a state. */
export function State({kind, word}: {readonly kind: GlyphKind; readonly word: WordKey}) {
	const {say} = useConsole();
	return (
		<span class={`state is-${kind}`}>
			<Glyph kind={kind} /> {say(word)}
		</span>
	);
}
