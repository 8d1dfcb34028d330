/** The dashboard asks only for families that exist, with labels they have, and is laid out without gaps. */
import test from 'ava';
import {FAMILIES, type MetricFamily} from '../metrics/families.ts';
import {perennialRules} from '../rules/perennial-rules.ts';
import {DASHBOARD_ROWS, MODEL_VALUES_QUERY, PROMOTION_QUERY} from './dashboard-rows.ts';
import {dashboardJson, perennialDashboard} from './perennial-dashboard.ts';

const families = new Map((FAMILIES as readonly MetricFamily[]).map(family => [family.name, family]));
const panels = DASHBOARD_ROWS.flatMap(row => row.panels);

/** The declared family of each series that an expression names; undefined where there is none. */
function familiesOf(expr: string): {readonly name: string; readonly family: MetricFamily | undefined}[] {
	return [...expr.matchAll(/\bperennial_[a-z_]+/gv)].map(([name]) => {
		const histogram = families.get(name.replace(/_(?:bucket|count|sum)$/v, ''));
		return {name, family: families.get(name) ?? (histogram?.type === 'histogram' ? histogram : undefined)};
	});
}

const expressions = [
	...panels.flatMap(({title, queries}) => queries.map(({expr}) => [title, expr] as const)),
	['Promotions', PROMOTION_QUERY] as const,
	['model', MODEL_VALUES_QUERY] as const,
	...perennialRules().groups.flatMap(({rules}) => rules.map(rule => [rule.alert ?? rule.record ?? '', rule.expr] as const)),
];

const recorded = new Set(perennialRules().groups.flatMap(({rules}) => rules.flatMap(({record}) => record ?? [])));

for (const [title, expr] of expressions) {
	test(`"${title}" asks for declared families by their own labels: ${expr}`, t => {
		const names = [...expr.matchAll(/\bperennial:[a-z0-9_:]+/gv)].map(([name]) => name);
		t.deepEqual(
			names.filter(name => !recorded.has(name)),
			[],
			'recorded by a rule',
		);
		for (const {name, family} of familiesOf(expr)) {
			t.truthy(family, `${name} is not declared`);
		}

		const labels = new Set(['le', 'model', ...familiesOf(expr).flatMap(({family}) => family?.labels ?? [])]);
		for (const [, label] of expr.matchAll(/[\{,]\s*([a-z]+)(?:=~?|!=)"/gv)) {
			t.true(labels.has(label!) || expr.includes('perennial:'), `no family has the label ${label}`);
		}
	});
}

test('every family is on the dashboard or in a rule', t => {
	const shown = new Set(expressions.flatMap(([, expr]) => familiesOf(expr)).map(({family}) => family?.name));
	t.deepEqual(
		[...families.keys()].filter(name => !shown.has(name)),
		[],
	);
});

test('legends use labels that their series have', t => {
	for (const {title, queries} of panels) {
		for (const {expr, legend} of queries) {
			const labels = new Set(['instance', ...familiesOf(expr).flatMap(({family}) => family?.labels ?? [])]);
			for (const [, label] of legend.matchAll(/\{\{([a-z]+)\}\}/gv)) {
				t.true(labels.has(label!), `${title}: ${label}`);
			}
		}
	}
});

test('panels have ids of their own and fill each line of 24 columns', t => {
	const all = perennialDashboard().panels ?? [];
	t.is(new Set(all.map(({id}) => id)).size, all.length);
	const cells = new Set<string>();
	for (const {gridPos} of all) {
		for (let x = gridPos!.x; x < gridPos!.x + gridPos!.w; x++) {
			for (let y = gridPos!.y; y < gridPos!.y + gridPos!.h; y++) {
				t.false(cells.has(`${x},${y}`), 'panels do not overlap');
				cells.add(`${x},${y}`);
			}
		}
	}

	const bottom = Math.max(...all.map(({gridPos}) => gridPos!.y + gridPos!.h));
	t.is(cells.size, 24 * bottom, 'no gaps, and nothing outside');
	t.true(panels.every(({title, description}) => title !== '' && description.endsWith('.')));
	t.is(new Set(panels.map(({title}) => title)).size, panels.length);
});

test('the file is what Grafana imports, and always the same', t => {
	const document = JSON.parse(dashboardJson()) as {
		uid: string;
		schemaVersion: number;
		templating: {list: {name: string; type: string}[]};
		panels: unknown[];
	};
	t.is(dashboardJson(), dashboardJson());
	t.is(document.uid, 'perennial');
	t.true(document.schemaVersion >= 39);
	t.deepEqual(
		document.templating.list.map(({name, type}) => [name, type]),
		[
			['datasource', 'datasource'],
			['model', 'query'],
		],
	);
	t.is(document.panels.length, panels.length + DASHBOARD_ROWS.length);
});
