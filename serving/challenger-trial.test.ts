/** A challenger on trial: which labels count, once, and what is left out; told apart from one that is no better. */
import test from 'ava';
import {CHAMPION, type DecisionRecord, type EventRecord, type LabelRecord, type LogRecord} from '../core/domain/index.ts';
import {createRng, drawNormal, sigmoid} from '../core/numerics/index.ts';
import {ChallengerTrial, type ChallengerTrialOptions, type TrialLog} from './challenger-trial.ts';

const DAY = 86_400_000;

/** A log that grows as a test says. */
class Records implements TrialLog {
	readonly all: LogRecord[] = [];

	answer(at: number, x: number, schemaVersion = 1): number {
		const times = {time: at, recordedAt: at};
		const offset = this.all.length + 1;
		this.all.push(
			{kind: 'event', offset, source: 's', id: `${offset}`, schemaVersion, row: Float64Array.of(x), ...times},
			{
				kind: 'decision',
				offset: offset + 1,
				eventOffset: offset,
				tier: 'online',
				version: 1,
				channel: CHAMPION,
				reason: '',
				scores: new Float64Array(4),
				...times,
			},
		);
		return offset;
	}

	label(at: number, eventOffset: number, value: number, over: Partial<LabelRecord> = {}): void {
		const given = {observedAt: at, recordedAt: at, revision: 0, channel: 'outcome', withdrawn: false} as const;
		this.all.push({kind: 'label', offset: this.all.length + 1, eventOffset, value, ...given, ...over});
	}

	endOffset = (): number => this.all.length;
	read = (offset: number, limit: number): LogRecord[] => this.all.slice(offset, offset + limit);
	at = (offset: number): LogRecord | undefined => this.all[offset - 1];
	eventAt = (offset: number): EventRecord | undefined => this.all[offset - 1] as EventRecord | undefined;
	decisionOf = (event: number): DecisionRecord | undefined =>
		this.all.find((record): record is DecisionRecord => record.kind === 'decision' && record.eventOffset === event);
}

/** The truth is sigmoid(x); the champion is off by `championOff`, the challenger right. */
function trialOf(log: TrialLog, over: Partial<ChallengerTrialOptions> = {}, championOff = 1.5): ChallengerTrial {
	return new ChallengerTrial({
		log,
		since: 0,
		finalAfter: 'P1D',
		schemaVersion: 1,
		outputCount: 1,
		labelsExpected: 500,
		score: async rows => ({
			champion: Float32Array.from(rows, row => sigmoid(row[0]! + championOff)),
			challenger: Float32Array.from(rows, row => sigmoid(row[0]!)),
		}),
		...over,
	});
}

test('a label counts when it is final, once, as it then stands; one taken back does not, nor the finding of an investigation', async t => {
	const log = new Records();
	const trial = trialOf(log);
	const [a, b, c] = [log.answer(0, 1), log.answer(0, 1), log.answer(0, 1)];
	log.label(1, a, 1);
	log.label(1, b, 1);
	log.label(1, c, 1, {channel: 'investigation'});
	log.label(2, a, 0, {revision: 1});
	log.label(3, b, 1, {revision: 1, withdrawn: true});
	await trial.look(DAY - 1, 100);
	t.like(trial.standing, {labels: 0, waiting: 1, lag: 0});
	await trial.look(DAY, 100);
	const {labels, waiting, gain} = trial.standing;
	t.deepEqual([labels, waiting], [1, 0]);
	t.true(gain > 0, 'of a label of 0 the champion, which says more, loses more');
	log.label(DAY + 1, a, 1, {revision: 2});
	await trial.look(DAY + 1, 100);
	t.is(trial.standing.labels, 1);
});

test('answers given before the trial, and rows of another schema, count for nothing', async t => {
	const log = new Records();
	const [old, other, fresh] = [log.answer(0, 1), log.answer(10, 1, 2), log.answer(10, 1)];
	const trial = trialOf(log, {since: 5});
	for (const event of [old, other, fresh]) {
		log.label(20, event, 1);
	}

	await trial.look(2 * DAY, 100);
	t.like(trial.standing, {labels: 1, waiting: 0});
});

test('when too many labels wait the oldest is shed, and counted', async t => {
	const log = new Records();
	const trial = trialOf(log, {waitingMax: 10});
	for (let index = 0; index < 15; index++) {
		log.label(1, log.answer(0, index), 1);
	}

	await trial.look(1, 1000);
	t.like(trial.standing, {waiting: 10, shed: 5});
	await trial.look(DAY, 1000);
	t.is(trial.standing.labels, 10);
});

function fill(log: Records, count: number): void {
	const rng = createRng(3);
	for (let index = 0; index < count; index++) {
		const x = drawNormal(rng);
		log.label(1, log.answer(0, x), rng() < sigmoid(x) ? 1 : 0);
	}
}

test('a better challenger is found out, whoever had answered, and reading little by little comes to the same', async t => {
	const log = new Records();
	fill(log, 1500);
	const once = trialOf(log);
	await once.look(DAY, 10_000);
	t.like(once.standing, {verdict: 'better'});
	const slowly = trialOf(log);
	while (slowly.standing.lag > 0 && slowly.standing.verdict === 'undecided') {
		await Promise.all([slowly.look(DAY, 100), slowly.look(DAY, 100)]);
	}

	t.is(slowly.standing.verdict, 'better');
	t.is(slowly.standing.decidedAt, once.standing.decidedAt);
	const equal = trialOf(log, {}, 0);
	await equal.look(DAY, 10_000);
	t.is(equal.standing.verdict, 'undecided');
});

/** Below a half one is approved, which costs where the risk event happens; above declined, which costs where it does not. */
const costOfDecision = (probability: number, label: number): number => (probability < 0.5 ? label : 1 - label);

test('judged by cost, the verdict is about decisions; log loss stands beside', async t => {
	const log = new Records();
	fill(log, 4000);
	const byCost = trialOf(log, {costOf: costOfDecision, judgedBy: 'cost'});
	await byCost.look(DAY, 10_000);
	const {measures, verdict, gain} = byCost.standing;
	t.is(verdict, 'better', 'the champion declines too many');
	t.is(gain, measures.cost!.gain);
	t.is(measures.cost!.labels, measures.logLoss!.labels);
	// Too sure of high risks: what it says is worse, what it decides is the same.
	const score: ChallengerTrialOptions['score'] = async rows => ({
		champion: Float32Array.from(rows, row => sigmoid(row[0]! > 0 ? 4 * row[0]! : row[0]!)),
		challenger: Float32Array.from(rows, row => sigmoid(row[0]!)),
	});
	const [loss, cost] = [trialOf(log, {score, costOf: costOfDecision}), trialOf(log, {score, costOf: costOfDecision, judgedBy: 'cost'})];
	await Promise.all([loss.look(DAY, 10_000), cost.look(DAY, 10_000)]);
	t.is(loss.standing.verdict, 'better');
	t.like(cost.standing, {verdict: 'undecided', gain: 0});
});

test('a few decisions that cost another sum prove nothing', async t => {
	const log = new Records();
	fill(log, 3000);
	let asked = 0;
	const trial = trialOf(log, {
		judgedBy: 'cost',
		// Every second question is about the challenger, which is cheaper in forty cases and never dearer.
		costOf: () => (asked++ % 2 === 1 && asked < 80 ? 0 : 1),
	});
	await trial.look(DAY, 10_000);
	t.like(trial.standing, {verdict: 'undecided', labels: 3000});
	t.is(trial.standing.measures.cost!.high, Infinity);
});
