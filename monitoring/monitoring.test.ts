/** All monitors on one log: what they find, and that a crash changes nothing of it. */
import test from 'ava';
import {CategoryDictionary, parseSpec, type Alarm, type LogRecord} from '../core/domain/index.ts';
import {createRng, drawNormal, sigmoid} from '../core/numerics/index.ts';
import {
	AlarmBook,
	buildReference,
	decideRetrain,
	DriftMonitor,
	finalAfterOf,
	QualityMonitor,
	type DriftMonitorOptions,
	type PastTraining,
	type QualityMonitorOptions,
} from './index.ts';

const DAY = 86_400_000;
const WEEK = 7 * DAY;
const MONDAY = Date.UTC(2024, 0, 1);
const WEEKS = 16;
const PER_WEEK = 400;
/** From here on incomes are higher; from the next on they mean the opposite. */
const INPUT_DRIFT_WEEK = 5;
const CONCEPT_DRIFT_WEEK = 9;

const spec = parseSpec({
	name: 'loans',
	task: 'binary',
	label: {field: 'default', delay: {fixed: 'P3D'}},
	features: [
		{name: 'income', type: 'numeric'},
		{name: 'age', type: 'numeric'},
	],
	offline: {triggers: [{on: 'drift', cooldown: 'P14D', budgetPerMonth: 2}]},
});
const columns = spec.features.map(({name, type}) => ({name, type}));
const driftOptions: DriftMonitorOptions = {
	window: spec.monitors.window,
	threshold: spec.monitors.psiThreshold,
	falseAlarmsPerMonth: spec.monitors.falseAlarmsPerMonth,
	dictionary: new CategoryDictionary(),
};
const qualityOptions: QualityMonitorOptions = {outputCount: 1, window: spec.monitors.window, finalAfter: finalAfterOf(spec.label)};

/** A log of events, answers and labels, in order of time. */
function makeLog(): LogRecord[] {
	const rng = createRng(3);
	const records: (LogRecord & {readonly recordedAt: number})[] = [];
	const about = {source: 'test', schemaVersion: 1, version: 1, channel: 'champion', reason: 'test', tier: 'student', offset: 0} as const;
	for (let index = 0; index < WEEKS * PER_WEEK; index++) {
		const week = index / PER_WEEK;
		const time = MONDAY + Math.floor(week * WEEK);
		const income = drawNormal(rng) + (week >= INPUT_DRIFT_WEEK ? 1 : 0);
		const probability = sigmoid(1.5 * income - 1);
		const truth = week >= CONCEPT_DRIFT_WEEK ? 1 - probability : probability;
		const row = Float64Array.of(income, drawNormal(rng));
		const scores = Float64Array.of(Number.NaN, probability, Number.NaN, 0.3);
		records.push(
			{...about, kind: 'event', id: String(index), time, recordedAt: time, row},
			{...about, kind: 'decision', eventOffset: index, time, recordedAt: time, scores},
			{
				kind: 'label',
				offset: 0,
				eventOffset: index,
				recordedAt: time + 3 * DAY,
				observedAt: time,
				value: rng() < truth ? 1 : 0,
				revision: 0,
				channel: 'outcome',
				withdrawn: false,
			},
		);
	}

	return records.toSorted((a, b) => a.recordedAt - b.recordedAt);
}

function makeDrift(): DriftMonitor {
	const rng = createRng(1);
	const values = (): Float64Array => Float64Array.from({length: 3000}, () => drawNormal(rng));
	const [income, age] = [values(), values()];
	const frame = {
		columns: [
			{name: 'income', kind: 'numeric', values: income},
			{name: 'age', kind: 'numeric', values: age},
		],
		rowCount: 3000,
	} as const;
	const reference = buildReference(
		frame,
		income.map(value => sigmoid(1.5 * value - 1)),
	);
	return new DriftMonitor({version: 1, reference, schema: {version: 1, columns}}, driftOptions);
}

/** The monitors of one model, fed as the application feeds them. */
class Watch {
	drift = makeDrift();
	quality = new QualityMonitor(qualityOptions);
	alarms = new AlarmBook({model: spec.name});

	take(record: LogRecord): void {
		const now = record.recordedAt;
		const findings = [...(this.drift.advance(now)?.findings ?? []), ...this.quality.advance(now)];
		if (record.kind === 'event') {
			findings.push(...(this.drift.update(now, record.time, record.row, sigmoid(1.5 * record.row[0]! - 1))?.findings ?? []));
		} else if (record.kind === 'decision') {
			this.quality.addDecision(now, record);
		} else {
			findings.push(...this.quality.addLabel(now, record));
		}

		for (const finding of findings) {
			this.alarms.apply(finding);
		}

		this.alarms.advance(now);
	}

	checkpoint(): () => Watch {
		const [drift, quality, alarms] = [this.drift.snapshot(), this.quality.snapshot(), JSON.stringify(this.alarms.snapshot())];
		return () => {
			const watch = new Watch();
			watch.drift = DriftMonitor.restore(drift, driftOptions);
			watch.quality = QualityMonitor.restore(quality, qualityOptions);
			watch.alarms = AlarmBook.restore(JSON.parse(alarms), {model: spec.name});
			return watch;
		};
	}
}

const log = makeLog();

test('inputs that move, and a world that turns, are found in the right week and nothing else is', t => {
	const watch = new Watch();
	for (const record of log) {
		watch.take(record);
	}

	const weekOf = ({openedAt}: Alarm): number => (Date.parse(openedAt) - MONDAY) / WEEK;
	const found = watch.alarms.all
		.map(alarm => `${alarm.subject} ${alarm.name} ${Math.floor(weekOf(alarm))}`)
		.toSorted((x, y) => (x < y ? -1 : 1));
	t.deepEqual(found, [
		`concept loop ${CONCEPT_DRIFT_WEEK}`,
		`feature income ${INPUT_DRIFT_WEEK + 1}`,
		`score score ${INPUT_DRIFT_WEEK + 1}`,
	]);
	const concept = watch.alarms.all.filter(({subject}) => subject === 'concept');
	t.true(
		concept.every(({state}) => state === 'resolved'),
		'the new world is the usual one after a while',
	);
	const windows = watch.quality.takeWindows(MONDAY + WEEKS * WEEK);
	t.is(windows.length, WEEKS);
	t.true(windows[2]!.series.student.auc! > 0.75 && windows[12]!.series.student.auc! < 0.25);
});

test('retrainings follow the alarms, within cool-down and budget', t => {
	const watch = new Watch();
	const history: PastTraining[] = [];
	for (const record of log) {
		watch.take(record);
		for (const alarm of watch.alarms.live) {
			if (decideRetrain(alarm, {triggers: spec.offline.triggers, history, now: record.recordedAt}).retrain) {
				history.push({at: record.recordedAt, trigger: 'drift'});
			}
		}
	}

	const weeks = history.map(({at}) => Math.floor((at - MONDAY) / WEEK));
	t.is(weeks[0], INPUT_DRIFT_WEEK + 1);
	t.true(history.every(({at}, index) => index === 0 || at - history[index - 1]!.at >= 14 * DAY));
	t.true(weeks.length >= 2 && weeks.length <= 5, weeks.join(' '));
});

test('after crashes at any record the log, read again from older checkpoints, gives the same alarms and the same state', async t => {
	const run = async (
		crashes: readonly number[],
	): Promise<{readonly stored: Alarm[]; readonly state: Uint8Array[]; readonly puts: number}> => {
		const stored = new Map<string, Alarm>();
		let puts = 0;
		let watch = new Watch();
		let restore = watch.checkpoint();
		let from = 0;
		const left = [...crashes];
		for (let index = 0; index < log.length; index++) {
			watch.take(log[index]!);
			await watch.alarms.flush({
				put: async alarm => {
					puts++;
					stored.set(alarm.id, alarm);
				},
			});
			if (index % 1000 === 999) {
				restore = watch.checkpoint();
				from = index + 1;
			}

			if (left[0] === index) {
				left.shift();
				watch = restore();
				index = from - 1;
			}
		}

		return {stored: [...stored.values()], state: [watch.drift.snapshot(), watch.quality.snapshot()], puts};
	};

	const whole = await run([]);
	const broken = await run([1500, 8700, 11_999, 15_432, 18_998]);
	t.deepEqual(broken.state, whole.state);
	t.deepEqual(broken.stored, whole.stored);
	t.true(broken.puts > whole.puts, 'some alarms were written twice, and that did no harm');
	t.true(whole.stored.length >= 3);
});
