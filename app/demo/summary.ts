/**
 * The closing table of a demo.
 *
 * @module
 */
import type {DemoFacts} from './facts.ts';

const SERIES: readonly (readonly [keyof DemoFacts['quality'], string])[] = [
	['loop', 'the loop (what was answered)'],
	['student', 'student (INT8)'],
	['teacher', 'teacher'],
	['online', 'online learner'],
	['frozen', 'never updated (version 1)'],
];

/** Lines of the table. */
export function summaryLines(facts: DemoFacts): string[] {
	const {quality, windows, edge, artifact} = facts;
	const number = (value: number | null, digits = 3): string => (value === null ? '-' : value.toFixed(digits));
	const size = artifact.bytes === null ? '-' : `${(artifact.bytes / 1024).toFixed(1)} kB`;
	const row = (name: string, value: string): string => `  ${name.padEnd(32)} ${value}`;
	return [
		'',
		`Quality: mean AUC over ${windows} windows in which all that scored could be judged`,
		...SERIES.map(([series, name]) => row(name, number(quality[series], 4))),
		'',
		'The loop',
		row(
			'events answered, labels learnt',
			`${facts.events.toLocaleString('en')}, ${facts.labels.toLocaleString('en')}; lost: ${facts.lost}`,
		),
		row(
			'versions trained',
			`${facts.retrains} (${facts.promoted} promoted, ${facts.refused} refused; ${facts.skipped} times too little to learn from)`,
		),
		row('alarms', String(facts.alarms)),
		row('training ran on', facts.backend ?? '-'),
		'',
		'The edge',
		row(
			'version, verified, bit-equal',
			`${edge.version ?? '-'}, ${edge.verified ? 'yes' : 'no'}, ${edge.bitEqual ? 'yes' : 'no'} (${edge.compared} answers compared)`,
		),
		row(
			'student',
			`${size}, ${number(artifact.sizeRatio, 2)} of its FP32 size, ${number(artifact.speedRatio, 2)} x its speed at batch 256`,
		),
		...facts.refusals.slice(-6).map(({version, reason}) => row(`version ${version} was refused`, reason)),
		...(facts.refusals.length > 6 ? [row('', `and ${facts.refusals.length - 6} more; see /v1/models`)] : []),
		'',
		`  ${facts.seconds} s`,
		'',
	];
}
