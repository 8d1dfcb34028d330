import {once} from 'node:events';
import type {AddressInfo} from 'node:net';
import test from 'ava';
import express from 'express';
import {digestOf, type Manifest, type TrainingReport} from '../../core/domain/index.ts';
import {SAMPLE_REPORT, SAMPLE_TEACHER} from '../../tests/sample-report.ts';
import {versionRoutes, type VersionCatalogue} from '../routes/versions.ts';
import {trainingReportPage} from './training-report-page.ts';

const page = (teacher: object): string =>
	trainingReportPage({model: 'loans', version: 3, report: {...SAMPLE_REPORT, teacher: teacher as TrainingReport}});

test('the page shows every part of a report, with plots, and runs nothing', t => {
	const html = page(SAMPLE_TEACHER);
	for (const heading of [
		'Teacher',
		'Candidates',
		'Loss curves',
		'Calibration',
		'Importances',
		'Guards',
		'Data',
		'Search',
		'Resources',
		'Student',
		'Gates',
	]) {
		t.true(html.includes(`<h2>${heading}</h2>`), heading);
	}

	t.is(html.match(/<svg/gv)?.length, 5, 'teacher and student curve, calibration, two kinds of importance');
	t.true(html.includes('log loss 0.4321 &amp; no other') && html.includes('The loss was NaN at step 7.'));
	t.false(html.includes('<script'), 'a name of a feature is text');
	t.notRegex(html, /NaN,|,NaN|Infinity|undefined|(?:src|href)=/v);
});

test('numbers that cannot be said and odd curves draw no nonsense', t => {
	const validation = {auc: null, averagePrecision: null, logLoss: null, baseRateLogLoss: null, calibrationError: null};
	const curve = [{epoch: 1, trainLoss: 0.5, validationLoss: Number.NaN, seconds: 0}];
	const [candidate] = SAMPLE_TEACHER.candidates;
	const html = page({
		...SAMPLE_TEACHER,
		validation,
		calibration: [{rows: 1, predicted: 0, observed: 0}],
		candidates: [{...candidate, validation, curve, bestIteration: 1}],
		importances: {...SAMPLE_TEACHER.importances, features: [], treeGain: [{feature: 'a', share: 0}]},
	});
	t.notRegex(html, /="[^"]*(?:NaN|Infinity)|undefined|null/v);
	t.true(html.includes('–'));
});

test('a version that was distilled again names its teacher; an older form still shows student and gates', t => {
	t.true(page({version: 2}).includes('that of version 2'));
	t.true(page({rows: {learnt: 5}}).includes('older form'));
	t.true(page({}).includes('not proved better'));
});

test('the route answers a reader with the page and a program with the bytes', async t => {
	const bytes = Buffer.from(JSON.stringify(SAMPLE_REPORT));
	const manifest = {model: 'loans', version: 3, blobs: [{role: 'report', digest: digestOf(bytes)}]} as unknown as Manifest;
	const catalogue = {
		manifest: async () => ({manifest, text: '', digest: digestOf(bytes)}),
		blob: async () => bytes,
	} satisfies Pick<VersionCatalogue, 'manifest' | 'blob'>;
	const app = express().use(
		'/v1/models',
		versionRoutes(catalogue as unknown as VersionCatalogue, {since: () => [], subscribe: () => () => undefined}),
	);
	const server = app.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/models/loans/versions/3/report`;
	const asked = async (accept: string): Promise<Response> => fetch(url, {headers: {accept}});
	try {
		const json = await asked('*/*');
		t.deepEqual(await json.json(), JSON.parse(JSON.stringify(SAMPLE_REPORT)));
		t.regex(json.headers.get('content-type')!, /json/v);
		const markdown = await asked('text/markdown');
		t.regex(markdown.headers.get('content-type')!, /^text\/markdown/v);
		const text = await markdown.text();
		t.true(text.startsWith('# loans v3\n') && text.includes('| gate | verdict | reason |'));
		for (const line of text.split('\n').filter(row => row.startsWith('|'))) {
			t.true(line.endsWith(' |'), line);
		}

		const html = await asked('text/html,application/xhtml+xml,*/*;q=0.8');
		t.regex(html.headers.get('content-type')!, /html/v);
		t.regex(html.headers.get('content-security-policy')!, /default-src 'none'/v);
		t.true((await html.text()).startsWith('<!doctype html>'));
	} finally {
		server.close();
		server.closeAllConnections();
	}
});
