/**
 * Two versions side by side: gates with their verdicts, metrics, artifacts, lineage.
 *
 * @module
 */
import type {ComponentChild} from 'preact';
import type {GateReport} from '../../../../core/domain/index.ts';
import {useConsole} from '../console-context.ts';
import type {VersionItem} from '../data/resources.ts';
import {measured, NONE, spaced} from '../formats.ts';
import {Glyph} from '../widgets/glyph.tsx';

/** Properties of {@link Comparison}. */
export interface ComparisonProps {
	readonly left: VersionItem;
	readonly right: VersionItem | undefined;
}

/** Four tables with the same two columns. */
export function Comparison(props: ComparisonProps) {
	const {say} = useConsole();
	return (
		<section class="card compare">
			<h2>{say('versions.compare')}</h2>
			<Gates {...props} />
			<h2>{say('versions.metrics')}</h2>
			<Numbers {...props} of={({metrics}) => metrics} />
			<h2>{say('versions.artifacts')}</h2>
			<Artifacts {...props} />
			<h2>{say('versions.lineage')}</h2>
			<Lineage {...props} />
			<details>
				<summary>{say('versions.measures')}</summary>
				{gatesOf(props).map(gate => (
					<div key={gate}>
						<h3>{spaced(gate)}</h3>
						<Numbers {...props} of={({gates}) => gates.find(one => one.gate === gate)?.measured ?? {}} />
					</div>
				))}
			</details>
		</section>
	);
}

function Pair({
	left,
	right,
	rows,
}: ComparisonProps & {readonly rows: readonly (readonly [name: string, left: ComponentChild, right: ComponentChild])[]}) {
	const {say} = useConsole();
	return (
		<table class="pair">
			<thead>
				<tr>
					<th scope="col">
						<span class="unseen">{say('versions.gate')}</span>
					</th>
					<th scope="col">v{left.version}</th>
					{right && <th scope="col">v{right.version}</th>}
				</tr>
			</thead>
			<tbody>
				{rows.map(([name, one, two]) => (
					<tr key={name}>
						<th scope="row">{name}</th>
						<td>{one}</td>
						{right && <td>{two}</td>}
					</tr>
				))}
			</tbody>
		</table>
	);
}

function gatesOf({left, right}: ComparisonProps): string[] {
	return [...new Set([...left.gates, ...(right?.gates ?? [])].map(({gate}) => gate))];
}

function Gates(props: ComparisonProps) {
	const reportOf = (version: VersionItem | undefined, gate: string): GateReport | undefined =>
		version?.gates.find(one => one.gate === gate);
	return (
		<Pair
			{...props}
			rows={gatesOf(props).map(gate => [
				spaced(gate),
				<Verdict key="left" report={reportOf(props.left, gate)} />,
				<Verdict key="right" report={reportOf(props.right, gate)} />,
			])}
		/>
	);
}

function Verdict({report}: {readonly report: GateReport | undefined}) {
	const {say} = useConsole();
	return report ? (
		<span class="gate">
			<span class={report.passed ? 'is-ok' : 'is-refused'}>
				<Glyph kind={report.passed ? 'ok' : 'refused'} title={say(report.passed ? 'versions.accepted' : 'versions.rejected')} />
			</span>
			<span>{report.reason}</span>
		</span>
	) : (
		<span class="quiet">{say('versions.none')}</span>
	);
}

/** Numbers by name; the right column also says how far it is from the left. */
function Numbers({left, right, of}: ComparisonProps & {readonly of: (version: VersionItem) => Readonly<Record<string, number | null>>}) {
	const {formats} = useConsole();
	const [one, two] = [of(left), right ? of(right) : {}];
	const show = (name: string, value: number | null): string => (isTime(name, value) ? formats.date(value) : measured(value));
	const names = [...new Set([...Object.keys(one), ...Object.keys(two)])];
	return (
		<Pair
			left={left}
			right={right}
			rows={names.map(name => {
				const [a, b] = [one[name] ?? null, two[name] ?? null];
				return [
					spaced(name),
					show(name, a),
					<>
						{show(name, b)}{' '}
						{a !== null && b !== null && a !== b && !isTime(name, a) && (
							<small>
								({b > a ? '+' : ''}
								{measured(b - a)})
							</small>
						)}
					</>,
				] as const;
			})}
		/>
	);
}

/** From here on a number that says until when is one: milliseconds since 1970. */
const TIME_MIN = 1e11;

function isTime(name: string, value: number | null): value is number {
	return /(?:Until|At|Time)$/v.test(name) && value !== null && value > TIME_MIN;
}

function Artifacts({left, right}: ComparisonProps) {
	const {say, formats} = useConsole();
	const sizeOf = (version: VersionItem | undefined, role: string): ComponentChild => {
		const blob = version?.blobs.find(one => one.role === role);
		return blob ? (
			<>
				<b>{formats.bytes(blob.sizeBytes)}</b> <code title={blob.digest}>{shortDigest(blob.digest)}</code>
			</>
		) : (
			NONE
		);
	};
	const total = (version: VersionItem | undefined): string =>
		version ? formats.bytes(version.blobs.reduce((sum, {sizeBytes}) => sum + sizeBytes, 0)) : NONE;
	const roles = [...new Set([...left.blobs, ...(right?.blobs ?? [])].map(({role}) => role))];
	return (
		<Pair
			left={left}
			right={right}
			rows={[
				...roles.map(role => [spaced(role), sizeOf(left, role), sizeOf(right, role)] as const),
				[say('versions.total'), total(left), total(right)],
			]}
		/>
	);
}

function Lineage({left, right}: ComparisonProps) {
	const {say, formats} = useConsole();
	const rows: [string, (version: VersionItem) => ComponentChild][] = [
		[say('versions.asOf'), ({lineage}) => formats.date(Date.parse(lineage.asOf))],
		[say('versions.trigger'), ({lineage}) => lineage.trigger],
		[say('versions.rows'), ({lineage}) => formats.count(lineage.rowCount)],
		[say('versions.rule'), ({lineage}) => lineage.labelRule],
		[say('versions.backend'), ({lineage}) => lineage.backend],
		[say('versions.seed'), ({lineage}) => lineage.seed],
		[say('versions.frame'), ({lineage}) => <code title={lineage.frameDigest}>{shortDigest(lineage.frameDigest)}</code>],
		[say('versions.code'), ({lineage}) => <code>{lineage.codeCommit.slice(0, 12)}</code>],
		[say('versions.job'), ({lineage}) => <code>{lineage.jobId}</code>],
		[
			say('versions.report'),
			({model, version, blobs}) =>
				blobs.some(({role}) => role === 'report') ? (
					<a href={reportPathOf(model, version)} target="_blank" rel="noopener">
						{say('versions.report.open', {n: version})}
					</a>
				) : (
					NONE
				),
		],
		[say('versions.parent'), ({parent}) => (parent === undefined ? NONE : `v${parent}`)],
	];
	return <Pair left={left} right={right} rows={rows.map(([name, show]) => [name, show(left), right && show(right)])} />;
}

/** The report as a page; the server gives it as one to whoever prefers HTML. */
function reportPathOf(model: string, version: number): string {
	return `/v1/models/${encodeURIComponent(model)}/versions/${version}/report`;
}

function shortDigest(digest: string): string {
	return digest.replace('sha256:', '').slice(0, 10);
}
