/**
 * The Grafana dashboard, built from its rows.
 *
 * @module
 */
import type {Builder, Dataquery} from '@grafana/grafana-foundation-sdk/cog';
import {
	BigValueTextMode,
	LegendDisplayMode,
	LegendPlacement,
	ReduceDataOptionsBuilder,
	TooltipDisplayMode,
	VizLegendOptionsBuilder,
	VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
	AnnotationQueryBuilder,
	DashboardBuilder,
	DashboardCursorSync,
	DatasourceVariableBuilder,
	QueryVariableBuilder,
	RowBuilder,
	ThresholdsConfigBuilder,
	ThresholdsMode,
	VariableRefresh,
	VariableSort,
	type Dashboard,
	type DynamicConfigValue,
	type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {DataqueryBuilder} from '@grafana/grafana-foundation-sdk/prometheus';
import {PanelBuilder as NumberPanelBuilder} from '@grafana/grafana-foundation-sdk/stat';
import {PanelBuilder as CellsPanelBuilder} from '@grafana/grafana-foundation-sdk/statushistory';
import {PanelBuilder as LinesPanelBuilder} from '@grafana/grafana-foundation-sdk/timeseries';
import type {PanelContent} from './dashboard-queries.ts';
import {DASHBOARD_ROWS, MODEL_VALUES_QUERY, PROMOTION_QUERY} from './dashboard-rows.ts';

const DATASOURCE = {type: 'prometheus', uid: '${datasource}'};
const PANEL_HEIGHT = 8;
/** Series that end in this word look so, as in the console: what answers is thick, the never-updated model grey and broken. */
const SERIES_STYLES: Readonly<Record<string, readonly DynamicConfigValue[]>> = {
	loop: style('#0B5CAD', {width: 3}),
	student: style('#74B8FF', {width: 1}),
	teacher: style('#B34700', {width: 1}),
	online: style('#B0307A', {width: 1, dash: [14, 6]}),
	frozen: style('#94A09A', {width: 1, dash: [4, 4]}),
	threshold: style('#B3202A', {width: 1, dash: [4, 4]}),
};
/** Calm, watch, drifted, strongly drifted; Grafana's own names, so that they suit a light and a dark page. */
const HEAT = ['green', 'yellow', 'orange', 'red'] as const;

/** The dashboard, for Grafana 11 and newer. Variables: `datasource` (a Prometheus) and `model` (one, several or all). */
export function perennialDashboard(): Dashboard {
	const builder = new DashboardBuilder('Perennial')
		.uid('perennial')
		.description(
			'Is it right, has the world moved, what was done about it, and does it answer? Built by Perennial from its metric families.',
		)
		.tags(['perennial', 'machine-learning'])
		.readonly()
		.tooltip(DashboardCursorSync.Crosshair)
		.refresh('30s')
		.time({from: 'now-6h', to: 'now'})
		.withVariable(new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
		.withVariable(
			new QueryVariableBuilder('model')
				.label('Model')
				.query(MODEL_VALUES_QUERY)
				.datasource(DATASOURCE)
				.refresh(VariableRefresh.OnTimeRangeChanged)
				.sort(VariableSort.AlphabeticalAsc)
				.multi(true)
				.includeAll(true)
				.allValue('.*'),
		)
		.annotation(
			new AnnotationQueryBuilder()
				.name('Promotions')
				.datasource(DATASOURCE)
				.enable(true)
				.iconColor('#1B7358')
				.expr(PROMOTION_QUERY)
				.titleFormat('{{model}}: another version went live')
				.step('60s'),
		);
	let id = 1;
	for (const {title, panels} of DASHBOARD_ROWS) {
		builder.withRow(new RowBuilder(title).id(id++));
		for (const content of panels) {
			builder.withPanel(panelOf(content, id++));
		}
	}

	return builder.build();
}

/** The dashboard as Grafana imports it; always the same text. */
export function dashboardJson(): string {
	return `${JSON.stringify(perennialDashboard(), null, '\t')}\n`;
}

function panelOf(content: PanelContent, id: number): Builder<Panel> {
	const {title, description, unit, width} = content;
	return builderOf(content)
		.id(id)
		.title(title)
		.description(description)
		.datasource(DATASOURCE)
		.unit(unit)
		.span(width)
		.height(PANEL_HEIGHT)
		.targets(targetsOf(content));
}

function builderOf({kind, steps, queries}: PanelContent): LinesPanelBuilder | CellsPanelBuilder | NumberPanelBuilder {
	switch (kind) {
		case 'lines': {
			const panel = new LinesPanelBuilder()
				.fillOpacity(0)
				.legend(bottomLegend())
				.tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi));
			const styles = Object.entries(SERIES_STYLES).filter(([name]) =>
				queries.some(({legend}) => legend.endsWith('{{series}}') || legend.endsWith(name)),
			);
			return styles.reduce((styled, [name, properties]) => styled.overrideByRegexp(`/\\b${name}$/`, [...properties]), panel);
		}

		case 'cells': {
			const bounds = [null, ...(steps ?? [])];
			const colours = bounds.map((value, index) => ({value, color: HEAT[index] ?? HEAT[3]}));
			const thresholds = new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(colours);
			return new CellsPanelBuilder().thresholds(thresholds).legend(bottomLegend());
		}

		case 'number':
		case 'name': {
			return new NumberPanelBuilder()
				.reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
				.textMode(kind === 'name' ? BigValueTextMode.Name : BigValueTextMode.Auto);
		}
	}
}

function targetsOf({queries, kind}: PanelContent): Builder<Dataquery>[] {
	return queries.map(({expr, legend}, index) => {
		const query = new DataqueryBuilder()
			.expr(expr)
			.legendFormat(legend)
			.datasource(DATASOURCE)
			.refId(String.fromCharCode(65 + index));
		return kind === 'number' || kind === 'name' ? query.instant() : query.range();
	});
}

function bottomLegend(): VizLegendOptionsBuilder {
	return new VizLegendOptionsBuilder().displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom).showLegend(true);
}

function style(color: string, {width, dash}: {readonly width: number; readonly dash?: readonly number[]}): DynamicConfigValue[] {
	return [
		{id: 'color', value: {mode: 'fixed', fixedColor: color}},
		{id: 'custom.lineWidth', value: width},
		...(dash ? [{id: 'custom.lineStyle', value: {fill: 'dash', dash}}] : []),
	];
}
