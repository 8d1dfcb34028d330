import test from 'ava';
import {PerennialError, type TrainingFrame} from '../../../core/domain/index.ts';
import {createRng, drawNormal} from '../../../core/numerics/index.ts';
import {drawFrame, drawLoan, frameOfRows, type Cell, type SampleRow} from '../sample-frames.ts';
import {guardFrame, refuseUnfit} from './guard-frame.ts';
import {reasonToDrop} from './near-dead-column.ts';

/** A frame of one column `x` whose cells and labels come from rules of the row. */
function frameOf(count: number, cell: (row: number) => Cell, label: (row: number) => number = row => row % 2): TrainingFrame {
	return frameOfRows(Array.from({length: count}, (_, row): SampleRow => ({cells: {x: cell(row)}, label: label(row)})));
}

const reasonOf = (frame: TrainingFrame, trainRows: number): string | undefined => reasonToDrop(frame.columns[0]!, trainRows);
const actionsOf = (frame: TrainingFrame, trainRows: number, partialLabels = false): string[] =>
	guardFrame(frame, {trainRows, partialLabels}).findings.map(({feature, action}) => `${feature} ${action}`);

test('a column that comes to life after validation is dropped; one that lives is not', t => {
	t.regex(
		reasonOf(
			frameOf(1000, row => (row % 50 === 0 && row < 800 ? row : 0)),
			800,
		)!,
		/near-dead: 0 in 98.1 % .* 100.0 %/v,
	);
	t.is(
		reasonOf(
			frameOf(1000, row => (row % 10 === 0 ? row : 0)),
			800,
		),
		undefined,
		'90 % is alive',
	);
	t.is(
		reasonOf(
			frameOf(1000, row => (row >= 800 ? row : 0)),
			800,
		),
		'it is constant (0)',
	);
	t.is(
		reasonOf(
			frameOf(1000, row => (row < 800 && row % 50 > 0 ? 0 : row)),
			800,
		),
		undefined,
		'alive among the newest',
	);
});

test('a category and a missing value may be what a column is dead with', t => {
	t.regex(
		reasonOf(
			frameOf(1000, row => (row === 3 ? 'b' : 'a')),
			800,
		)!,
		/near-dead: "a" in 99.9 %/v,
	);
	t.regex(
		reasonOf(
			frameOf(1000, row => (row % 60 === 0 ? row : undefined)),
			800,
		)!,
		/near-dead: missing in 98/v,
	);
	t.is(
		reasonOf(
			frameOf(100, () => undefined),
			80,
		),
		'it is always missing',
	);
	t.is(
		reasonOf(
			frameOf(100, () => Infinity),
			80,
		),
		'it is always missing',
		'an infinity is no value',
	);
	t.is(
		reasonOf(
			frameOf(1000, row => (row % 5 === 0 ? undefined : 7)),
			800,
		),
		undefined,
		'its absence may speak',
	);
});

test('a rare value that is steady stays', t => {
	t.is(
		reasonOf(
			frameOf(10_000, row => (row % 50 === 0 ? 1 : 0)),
			8000,
		),
		undefined,
	);
	t.regex(
		reasonOf(
			frameOf(5000, row => (row % 50 === 0 ? 1 : 0)),
			4000,
		)!,
		/near-dead/v,
		'20 of the newest rows are too few',
	);
	t.regex(
		reasonOf(
			frameOf(10_000, row => (row % (row < 8000 ? 120 : 25) === 0 ? 1 : 0)),
			8000,
		)!,
		/near-dead/v,
		'five times as often',
	);
});

test('without newest rows the last fifth stands for them', t => {
	t.regex(
		reasonOf(
			frameOf(1000, row => (row % 50 === 0 && row < 800 ? row : 0)),
			1000,
		)!,
		/near-dead/v,
	);
	t.is(
		reasonOf(
			frameOf(1000, row => (row % 50 === 0 || row > 900 ? row : 0)),
			1000,
		),
		undefined,
	);
});

test('a dropped column leaves the frame and the frame that was cut is as it was', t => {
	const frame = drawFrame(500, (rng, row) => ({...drawLoan(rng), cells: {...drawLoan(rng).cells, dead: row === 1 ? 1 : 0}}));
	const {frame: guarded, findings} = guardFrame(frame, {trainRows: 400});
	t.deepEqual(
		guarded.columns.map(({name}) => name),
		['income', 'noise', 'city'],
	);
	t.is(frame.columns.length, 4);
	t.deepEqual(
		findings.map(({guard, feature, action}) => [guard, feature, action]),
		[['near-dead-column', 'dead', 'dropped']],
	);
});

test('a level that only the newest rows have is folded until both outcomes have ten rows', t => {
	const product = (row: number): string => (row >= 900 ? 'new' : row % 2 === 0 ? 'a' : 'b');
	const good = frameOf(1000, product, row => (row >= 900 ? 0 : row % 3 === 0 ? 1 : 0));
	const {frame, findings} = guardFrame(good, {trainRows: 800});
	t.regex(findings[0]!.reason, /"new" \(100 rows\) occur in the newest rows alone, and no two classes have 10 of them/v);
	t.true(frame.columns[0]!.values.subarray(900).every(code => code === -1));
	t.deepEqual([...frame.columns[0]!.values.subarray(0, 900)], [...good.columns[0]!.values.subarray(0, 900)]);
	const settled = frameOf(1000, product, row => (row % 3 === 0 ? 1 : 0));
	t.deepEqual(actionsOf(settled, 800), [], '33 bad and 67 good ones are known: they may be learnt');
	t.deepEqual(actionsOf(settled, 800, true), ['x folded'], 'but not where labels may still change');
	t.deepEqual(actionsOf(good, 950), [], 'once older rows hold it, it is a level like any other');
});

test('a range that only the newest rows have is cut, and outliers are left alone', t => {
	const term = (row: number): number => (row >= 900 ? 60 : row % 2 === 0 ? 12 : 36);
	const good = frameOf(1000, term, row => (row >= 900 ? 0 : row % 3 === 0 ? 1 : 0));
	const {frame, findings} = guardFrame(good, {trainRows: 800});
	t.regex(findings[0]!.reason, /values outside 12 to 36 \(100 rows\)/v);
	t.is(Math.max(...frame.columns[0]!.values), 36);
	t.is(Math.max(...good.columns[0]!.values), 60, 'the frame that was cut is as it was');
	t.deepEqual(
		actionsOf(
			frameOf(1000, term, row => (row % 3 === 0 ? 1 : 0)),
			800,
		),
		[],
	);
	const rng = createRng(1);
	t.deepEqual(
		actionsOf(
			frameOf(10_000, () => drawNormal(rng)),
			8000,
		),
		[],
		'a handful beyond the range is no new one',
	);
	const low = frameOf(
		1000,
		row => (row >= 900 ? -5 : row === 950 ? Number.NaN : row % 7),
		() => 0,
	);
	t.is(Math.min(...guardFrame(low, {trainRows: 800}).frame.columns[0]!.values), 0);
});

test('frames that cannot carry a teacher are refused with every reason', t => {
	const refused = (frame: TrainingFrame, minimumRows: number, ...reasons: RegExp[]): void => {
		const trainRows = Math.floor(0.8 * frame.rowCount);
		const error = t.throws(() => refuseUnfit(frame, guardFrame(frame, {trainRows}), {trainRows, minimumRows}), {
			instanceOf: PerennialError,
			code: 'FRAME_TOO_SMALL',
		});
		t.is(error.faults.length, reasons.length, error.message);
		reasons.forEach((reason, index) => t.regex(error.faults[index]!.message, reason));
	};

	refused(drawFrame(499, drawLoan), 500, /499 rows with a final label and 500 are needed/v);
	refused(drawFrame(10, drawLoan), 10, /of its 2 classes has 10 rows/v);
	refused(
		drawFrame(600, rng => ({cells: {x: drawNormal(rng)}, label: 0})),
		500,
		/1 of its 2 classes has 10 rows.*rows by class: 480, 0/v,
	);
	refused(
		drawFrame(600, (rng, row) => ({cells: {x: drawNormal(rng)}, label: row % 60 === 0 ? 1 : 0})),
		500,
		/rows by class: 472, 8/v,
	);
	refused(
		drawFrame(600, (_, row) => ({cells: {x: 5, y: undefined}, label: row % 2})),
		500,
		/no column varies \(x: it is constant \(5\); y: it is always missing\)/v,
	);
	const hidden = (rng: () => number): Cell => (rng() < 0.009 ? rng() : undefined);
	refused(
		drawFrame(1000, (rng, row) => ({cells: {x: hidden(rng), y: hidden(rng)}, label: row % 2})),
		500,
		/no column varies/v,
	);
	refused(
		drawFrame(30_000, (rng, row) => ({cells: {x: hidden(rng), y: hidden(rng)}, label: row % 2})),
		500,
		/99\.\d % of its values are missing/v,
	);
	refused(frameOfRows([]), 500, /0 rows/v, /rows by class: 0, 0/v, /no column varies \(it has none\)/v);
});
