/**
 * A prequential report for people: a table and a picture.
 *
 * @module
 */
import type {PrequentialReport, PrequentialQuality, PrequentialWindow} from '../../trainers/index.ts';
import {windowsSvg} from '../plots/windows-svg.ts';

/** Rows of the table: a measure's key and its name. */
const MEASURES: readonly (readonly [keyof PrequentialQuality, string])[] = [
	['accuracy', 'accuracy'],
	['kappa', 'kappa'],
	['kappaTemporal', 'kappa against no change'],
	['kappaMajority', 'kappa against the moving majority'],
	['auc', 'AUC'],
	['averagePrecision', 'average precision'],
	['recallAtBudget', 'recall at the alert budget'],
	['logLoss', 'log loss'],
	['brier', 'Brier score'],
	['calibrationError', 'calibration error (15 bins)'],
];

/** Lines of the table; the two baselines stand beside the learner's accuracy. */
export function tableOf({learner, overall, windowAuc, rows, labels, lost}: PrequentialReport): string[] {
	const line = (name: string, value: number, note = ''): string => `${name.padEnd(36)}${shown(value).padStart(10)}${note}`;
	return [
		`${learner}: ${rows} rows, ${labels} labels${lost === 0 ? '' : `, ${lost} labels lost because too many rows waited`}`,
		...MEASURES.map(([key, name]) => line(name, overall[key])),
		line('AUC of the newest rows, mean', windowAuc),
		line('accuracy of no change', overall.noChangeAccuracy, verdict(overall.accuracy, overall.noChangeAccuracy)),
		line('accuracy of the moving majority', overall.movingMajorityAccuracy, verdict(overall.accuracy, overall.movingMajorityAccuracy)),
	];
}

/** The windows as a picture: accuracy against the baselines and, for a binary task, the AUC. */
export function pictureOf(
	{learner, overall, windows}: PrequentialReport,
	facts: {title: string; delay: string; isInTime: boolean},
): string {
	const values = (key: keyof PrequentialWindow): number[] => windows.map(window => window[key]);
	const accuracy = {
		title: 'Accuracy',
		series: [
			{name: learner, values: values('accuracy'), colour: 0},
			{name: 'no change', values: values('noChangeAccuracy'), colour: 1},
			{name: 'moving majority', values: values('movingMajorityAccuracy'), colour: 2},
		],
	} as const;
	const auc = {title: 'AUC', series: [{name: learner, values: values('auc'), colour: 0}]} as const;
	return windowsSvg({
		title: facts.title,
		subtitle: `each row asked about before its label is learnt; labels ${facts.delay}; ${windows.length} windows`,
		places: windows.map(({start, end}) => (start + end) / 2),
		placeText: place => (facts.isInTime ? new Date(place).toISOString().slice(0, 10) : place.toLocaleString('en')),
		placeTitle: facts.isInTime ? 'event time' : 'row',
		panels: Number.isNaN(overall.auc) ? [accuracy] : [accuracy, auc],
	});
}

function verdict(accuracy: number, baseline: number): string {
	return accuracy > baseline ? '  beaten' : '  NOT BEATEN';
}

function shown(value: number): string {
	return Number.isNaN(value) ? '-' : value.toFixed(4);
}
