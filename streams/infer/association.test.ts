import test from 'ava';
import {createRng} from '../../core/numerics/index.ts';
import {associationOf} from './association.ts';

const rng = createRng(5);
const labels = Array.from({length: 4000}, () => (rng() < 0.3 ? (1 as const) : (0 as const)));

test('noise says nothing, by rank, by value or by neighbourhood', t => {
	const {rankAuc, valueAuc, neighbourAuc} = associationOf(
		labels.map(() => String(Math.floor(rng() * 40))),
		labels,
	);
	t.true(
		rankAuc < 0.53 && valueAuc > 0.46 && valueAuc < 0.54 && neighbourAuc > 0.46 && neighbourAuc < 0.54,
		`${rankAuc} ${valueAuc} ${neighbourAuc}`,
	);
});

test('the label itself says everything, as number, as its negative and as word', t => {
	t.is(associationOf(labels.map(String), labels).rankAuc, 1);
	t.is(
		associationOf(
			labels.map(label => String(-label)),
			labels,
		).rankAuc,
		1,
	);
	const words = associationOf(
		labels.map(label => (label ? 'bad' : 'good')),
		labels,
	);
	t.is(words.rankAuc, 0.5);
	t.true(words.valueAuc > 0.999);
});

test('a value seen once earns nothing: rates are learnt on one half and judged on the other', t => {
	const bursts = labels.map((_, index) => (Math.floor(index / 8) % 5 === 0 ? (1 as const) : (0 as const)));
	const cards = associationOf(
		labels.map((_, index) => `card${Math.floor(index / 8)}`),
		bursts,
	);
	t.true(cards.valueAuc > 0.45 && cards.valueAuc < 0.55, String(cards.valueAuc));
	t.is(
		associationOf(
			labels.map((_, index) => `key${index}`),
			labels,
		).valueAuc,
		0.5,
	);
});

test('a number that acts as a code is better by value than by neighbourhood', t => {
	const {rankAuc, valueAuc, neighbourAuc} = associationOf(
		labels.map(label => String(Math.floor(rng() * 100) * 2 + label)),
		labels,
	);
	t.true(rankAuc < 0.55 && neighbourAuc < 0.6 && valueAuc > 0.99, `${rankAuc} ${neighbourAuc} ${valueAuc}`);
});

test('counts what is missing by label, and what is unusual', t => {
	const found = associationOf(['a', '', 'b', 'b', 'NA', 'c'], [1, 1, 0, 0, undefined, undefined]);
	t.like(found, {
		filledPositive: 0.5,
		filledNegative: 1,
		filledUnlabelled: 0.5,
		usualCount: 2,
		unusualCount: 2,
		unusualPositives: 2,
		labelledValues: 3,
	});
});
