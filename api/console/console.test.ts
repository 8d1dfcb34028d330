/** The console as a reader sees it: the real bundle, in a real browser, on a server with a sample fleet. */
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {get, type IncomingMessage} from 'node:http';
import test, {type ExecutionContext} from 'ava';
import axe from 'axe-core';
import express from 'express';
import {chromium, type Browser, type Page} from 'playwright-core';
import {makeConsoleSample, nextWindows, type Sample} from '../../tests/console-sample.ts';
import {ConsoleServer} from '../../tests/console-server.ts';
import {buildConsole, consoleHandler} from './index.ts';

const CHROMIUM = '/usr/bin/chromium';
const ARGUMENTS =
	'--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync';
const MODEL = '/models/consumer-loan-default';
const BUNDLE_BYTES_MAX = 120_000;
const BUILD_MS_MAX = 1500;
const WAIT_MS_MAX = 20_000;
const AXE = axe.source;

const hasBrowser = existsSync(CHROMIUM);

interface Opened {
	readonly server: ConsoleServer;
	readonly page: Page;
	readonly sample: Sample;
}

type Open = (path: string, options?: {width?: number; mayFail?: boolean; sample?: Sample}) => Promise<Opened>;

/** A test in the browser. Fails on errors in its pages, and on requests to any other host. */
function browserTest(title: string, run: (t: ExecutionContext, open: Open) => Promise<void>): void {
	if (hasBrowser) {
		test.serial(title, async t => {
			const faults: string[] = [];
			await run(t, async (path, options = {}) => open(t, faults, path, options));
			t.deepEqual(faults, []);
		});
	} else {
		test.skip(`${title} (skipped: ${CHROMIUM} is not installed)`, t => {
			t.fail();
		});
	}
}

let browser: Browser | undefined;
test.before(async () => {
	browser = hasBrowser ? await chromium.launch({executablePath: CHROMIUM, args: ARGUMENTS.split(' ')}) : undefined;
});
test.after.always(async () => browser?.close());

/** A server and a page for one test. */
async function open(
	t: ExecutionContext,
	faults: string[],
	path: string,
	{width = 1280, mayFail = false, sample = makeConsoleSample()},
): Promise<Opened> {
	const server = new ConsoleServer(sample, await consoleHandler());
	await server.start();
	const context = await browser!.newContext({viewport: {width, height: 800}, reducedMotion: 'reduce', colorScheme: 'light'});
	t.teardown(async () => {
		await context.close();
		await server.stop();
	});
	const page = await context.newPage();
	page.setDefaultTimeout(WAIT_MS_MAX);
	page.on('pageerror', error => faults.push(error.stack ?? error.message));
	page.on('console', message => {
		if (['error', 'warning'].includes(message.type()) && !(mayFail && message.text().startsWith('Failed to load resource'))) {
			faults.push(message.text());
		}
	});
	page.on('request', request => {
		if (!request.url().startsWith(server.url)) {
			faults.push(`a request to ${request.url()}`);
		}
	});
	await page.goto(server.url + path);
	return {server, page, sample};
}

/** Distinct colours on every canvas of the page, sampled: a blank one has one. */
async function colorsOf(page: Page): Promise<number[]> {
	// The page's own types are not those of Node, so the function travels as text.
	return page.evaluate(`[...document.querySelectorAll('canvas')].map(canvas => {
		const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
		const colors = new Set();
		for (let at = 0; at < data.length; at += 4 * 7) colors.add(data[at] << 24 | data[at + 1] << 16 | data[at + 2] << 8 | data[at + 3]);
		return colors.size;
	})`);
}

/** What axe finds that keeps people out, rule by rule with the elements. */
async function seriousFaultsOf(page: Page): Promise<string[]> {
	await page.evaluate(AXE);
	const {violations} = await page.evaluate<{
		violations: {id: string; impact: string; nodes: {html: string; any: {message: string}[]}[]}[];
	}>('axe.run()');
	return violations
		.filter(({impact}) => impact === 'serious' || impact === 'critical')
		.flatMap(({id, nodes}) => nodes.map(({html, any}) => `${id}: ${html.slice(0, 160)} ${any[0]?.message ?? ''}`));
}

const overflow = async (page: Page): Promise<number> => page.evaluate('document.documentElement.scrollWidth - innerWidth');
/** The text of an element comes to match: pages are drawn some moments after what they follow. */
async function reads(t: ExecutionContext, page: Page, selector: string, pattern: RegExp): Promise<void> {
	const read = async (): Promise<string> => (await page.locator(selector).first().innerText()).replaceAll(/\s+/gv, ' ');
	const end = performance.now() + WAIT_MS_MAX;
	while (performance.now() < end && !pattern.test(await read())) {
		await page.waitForTimeout(20);
	}

	t.regex(await read(), pattern);
}

test('the bundle is small, quickly made, always the same, and its page has nothing inline', async t => {
	await buildConsole();
	const started = performance.now();
	const {html, files} = await buildConsole();
	t.true(performance.now() - started < BUILD_MS_MAX);
	const size = [...files.values()].reduce((sum, {gzip}) => sum + gzip.length, 0);
	t.true(size < BUNDLE_BYTES_MAX, `${size} bytes`);
	t.log(`${size} bytes compressed`);
	t.notRegex(html, /<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|https?:/v);
	t.deepEqual([...(await buildConsole()).files.keys()], [...files.keys()]);
	const script = new TextDecoder().decode([...files].find(([path]) => path.endsWith('.js'))![1].body);
	t.regex(script, /MIT License[\s\S]*Jason Miller/v);
	t.regex(script, /Leon Sorokin/v);
});

test('the handler serves its pages and files, compressed where asked, and leaves everything else alone', async t => {
	const app = express().use(await consoleHandler());
	app.use((_request, response) => {
		response.status(404).send('next');
	});
	const server = app.listen(0, '127.0.0.1');
	t.teardown(() => {
		server.close();
	});
	await new Promise(resolve => {
		server.once('listening', resolve);
	});
	const address = server.address();
	const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
	for (const path of [
		'/',
		'/models/a',
		'/models/a/',
		'/models/a/drift',
		'/models/a/vintages',
		'/models/a/segments',
		'/models/a/versions',
		'/models/a/backtests',
		'/jobs',
		'/edge',
		'/decisions/d-a-1',
	]) {
		const response = await fetch(url + path);
		t.is(response.status, 200, path);
		t.regex(response.headers.get('content-security-policy') ?? '', /default-src 'none'/v);
	}

	for (const path of ['/models/a/b', '/v1/models', '/assets/none.js', '/models']) {
		t.is(await (await fetch(url + path)).text(), 'next', path);
	}

	t.is((await fetch(url, {method: 'POST'})).status, 404);
	const script = /src="(?<path>[^"]+)"/v.exec(await (await fetch(url)).text())!.groups!['path']!;
	const [plain, small] = await Promise.all([
		fetch(url + script, {headers: {'accept-encoding': 'identity'}}),
		fetch(url + script, {headers: {'accept-encoding': 'gzip'}}),
	]);
	t.is(plain.headers.get('content-encoding'), null);
	t.is(small.headers.get('content-encoding'), 'gzip');
	t.not(plain.headers.get('etag'), small.headers.get('etag'));
	t.is(await plain.text(), await small.text());
	// Not with fetch: it asks for a fresh copy whenever it sends If-None-Match.
	const known = get(url + script, {headers: {'accept-encoding': 'gzip', 'if-none-match': small.headers.get('etag')!}});
	const [again] = (await once(known, 'response')) as [IncomingMessage];
	t.is(again.statusCode, 304);
	again.resume();
});

const PAGES = [
	{path: '/', english: 'One alarm is open on consumer-loan-default', chinese: '有 1 个告警未关闭', shape: '.fleet .spark', charts: 0},
	{path: MODEL, english: 'Live version', chinese: '接下来', shape: '.stack .span', charts: 1},
	{path: `${MODEL}/drift`, english: 'Inputs by window', chinese: '各窗口输入', shape: '.heat .h4', charts: 1},
	{path: `${MODEL}/vintages`, english: 'What answers turned into', chinese: '决策的最终结果', shape: '.curves .ahead', charts: 0},
	{
		path: `${MODEL}/segments`,
		english: 'Gaps between protected groups',
		chinese: '受保护群体之间的差距',
		shape: '.vintages small',
		charts: 0,
	},
	{path: `${MODEL}/versions`, english: 'Gate by gate', chinese: '逐项准入门', shape: '.pair .gate', charts: 0},
	{path: '/jobs', english: 'One job is running.', chinese: '1 个任务正在运行。', shape: '.jobs .meter', charts: 0},
	{path: `${MODEL}/backtests`, english: 'loop was the best policy.', chinese: '最佳策略是 loop。', shape: '.tiers .chip', charts: 0},
	{
		path: '/decisions/d-consumer-loan-default-2n9c',
		english: 'Student v5 said 0.214 for default',
		chinese: '学生模型 v5 于',
		shape: '.tiers .chip',
		charts: 0,
	},
	{path: '/edge', english: '14 agents report. Two need a look.', chinese: '14 个代理上报。', shape: '.waffle .box', charts: 0},
] as const;

for (const {path, english, chinese, shape, charts} of PAGES) {
	browserTest(`${path} draws its data in both languages and themes, at 1280 and at 390 pixels`, async (t, open) => {
		for (const [width, query, words] of [
			[1280, '', english],
			[390, '?lang=zh&theme=dark', chinese],
		] as const) {
			const {page} = await open(path + query, {width});
			await page.locator(shape).first().waitFor();
			await page.getByText(words).first().waitFor();
			t.is(await overflow(page), 0, `${width}`);
			const colors = await colorsOf(page);
			t.is(colors.length, charts);
			t.true(
				colors.every(count => count > 8),
				`the charts have ${colors.join(', ')} colours`,
			);
			t.is(await page.locator('html').getAttribute('lang'), query === '' ? 'en' : 'zh-Hans');
			t.is(
				await page.evaluate('getComputedStyle(document.documentElement).backgroundColor'),
				query === '' ? 'rgb(246, 247, 245)' : 'rgb(15, 20, 19)',
			);
			t.deepEqual(await seriousFaultsOf(page), []);
		}
	});
}

browserTest('what the stream says changes the pages without a reload', async (t, open) => {
	const {server, page, sample} = await open(MODEL);
	const model = sample.models.get('consumer-loan-default')!;
	await page.locator('.stack canvas').waitFor();
	await reads(t, page, '.readout', /^(?!.*0\.812)/v);
	const {quality, drift} = nextWindows(model);
	server.send('quality', {model: model.summary.name, window: {...quality, labelled: 900, decisions: 1000, positives: 120}});
	server.send('drift', {model: model.summary.name, window: drift});
	await page.getByText('0.812').first().waitFor();
	await reads(t, page, '.readout', /Week of 5 Oct 2026.*0\.812.*90 % of labels known/v);
	await reads(t, page, '.facts', /Champion v5/v);
	const mark = {at: '2026-10-06T00:00:00.000Z', kind: 'promoted', version: 6, reason: 'Every gate passed.'};
	server.send('mark', {model: model.summary.name, mark});
	await page.getByRole('button', {name: '6 Oct 2026: promoted. v6 promoted. Every gate passed.'}).waitFor();
	await page.locator('.now .span:not(.edge) + .spantext', {hasText: 'v5'}).waitFor();
	model.summary = {...model.summary, champion: {version: 6, since: mark.at}};
	model.moves['champion']!.push({...model.moves['champion']!.at(-1)!, sequence: 6, version: 6, at: mark.at});
	server.send('channel', model.moves['champion']!.at(-1));
	await page.locator('g:not(.now) > .span:not(.edge) + .spantext', {hasText: 'v5'}).waitFor();

	await page.locator('.facts', {hasText: 'v6'}).waitFor();

	await page.getByRole('link', {name: 'Jobs'}).click();
	await page.getByText('42 % epoch 12 of 30').waitFor();
	server.send('job', {...sample.jobs[1]!, progress: 0.9, message: 'epoch 27 of 30'});
	await page.getByText('90 % epoch 27 of 30').waitFor();

	await page.getByRole('link', {name: 'Fleet'}).click();
	server.send('alarm', {...model.alarms[0]!, state: 'resolved', resolvedAt: '2026-10-05T00:00:00.000Z'});
	server.send('clock', {now: '2026-10-19T00:00:00.000Z'});
	await page.getByRole('heading', {name: 'One candidate was refused. One model hears no events.'}).waitFor();
	await page.getByText('Replay · 19 Oct 2026').waitFor();
});

browserTest('a stream that breaks is resumed where it broke, and nothing is lost', async (t, open) => {
	const {server, page, sample} = await open('/jobs', {mayFail: true});
	await page.getByText('42 %').waitFor();
	server.send('job', {...sample.jobs[1]!, progress: 0.5});
	await page.getByText('50 %').waitFor();
	server.dropStreams();
	server.send('job', {...sample.jobs[1]!, progress: 0.6});
	await page.getByText('60 %').waitFor();
	t.deepEqual(server.resumed, ['', '1']);
});

browserTest('when the server goes, the page says so and turns grey; when it comes back, it reads everything again', async (t, open) => {
	const {server, page, sample} = await open('/', {mayFail: true});
	await page.locator('.fleet .spark').first().waitFor();
	t.is(await page.locator('main.stale').count(), 0);
	await server.stop();
	await page.locator('main.stale').waitFor();
	await reads(t, page, '.broken', /The live stream broke .* ago\. What you see may be out of date\. Trying again in/v);
	await reads(t, page, '.live', / old$/v);
	const model = sample.models.get('account-takeover')!;
	model.summary = {...model.summary, name: 'of-another-server'};
	// Long enough that more than one attempt fails: the page cannot know that it is still the same server.
	await page.waitForTimeout(1200);
	await server.start();
	// In one step: the page may have tried by itself, and the button is then gone.
	await page.evaluate("document.querySelector('.broken button')?.click()");
	await page.getByText('of-another-server').waitFor();
	await page.locator('main.stale').waitFor({state: 'detached'});
	await page.locator('.broken').waitFor({state: 'detached'});
});

browserTest('keys and pointer move one crosshair, zoom, and open events; the address keeps it all', async (t, open) => {
	const {page} = await open(MODEL);
	await page.locator('.stack canvas').waitFor();
	await page.keyboard.press('ArrowLeft');
	await reads(t, page, '.readout', /Week of 21 Sept? 2026/v);
	await page.keyboard.press('Shift+ArrowLeft');
	await reads(t, page, '.readout', /Week of 24 Aug 2026/v);
	await page.locator('.hair').waitFor();
	await page.waitForURL(/at=2026-08-24/v);
	await page.keyboard.press('[');
	await reads(t, page, '.details', /6 Jul 2026: (?:v5 promoted|Input drift: channel)/v);
	await page.keyboard.press('Escape');
	await page.locator('.details').waitFor({state: 'detached'});

	await page.locator('.spantext', {hasText: 'v1'}).first().waitFor();
	const box = (await page.locator('.catch').boundingBox())!;
	await page.mouse.move(box.x + box.width * 0.5, box.y + 200);
	await page.mouse.down();
	await page.mouse.move(box.x + box.width * 0.75, box.y + 200, {steps: 4});
	await page.mouse.up();
	await page.waitForURL(/from=.*&to=/v);
	await page.locator('.spantext', {hasText: 'v1'}).first().waitFor({state: 'detached'});
	const zoomed = await page.locator('.spantext').allTextContents();
	t.true(zoomed.includes('v3'));
	await page.reload();
	await page.locator('.stack canvas').waitFor();
	t.deepEqual(await page.locator('.spantext').allTextContents(), zoomed, 'the address is the view');
	await page.keyboard.press('0');
	await page.waitForURL(address => !address.search.includes('from='));
	await page.locator('.spantext', {hasText: 'v1'}).first().waitFor();

	await page.keyboard.press('?');
	await page.getByRole('dialog', {name: 'Keys'}).waitFor();
	await page.keyboard.press('Escape');
	await page.getByRole('dialog', {name: 'Keys'}).waitFor({state: 'detached'});
	await page.keyboard.press('/');
	await page.getByPlaceholder('model, page or decision').fill('card');
	await page.keyboard.press('Enter');
	await page.getByRole('heading', {name: 'card-fraud'}).waitFor();
	t.is(new URL(page.url()).pathname, '/models/card-fraud');
	await page.goBack();
	await page.getByRole('heading', {name: 'consumer-loan-default'}).waitFor();
});

browserTest('the link of an alarm opens it; it can be acknowledged and leads to its drift', async (t, open) => {
	const {server, page} = await open(`${MODEL}?open=alarm-consumer-loan-default-3`);
	await page.getByRole('button', {name: 'Acknowledge'}).click();
	await page.locator('.details .chip', {hasText: 'acknowledged'}).waitFor();
	t.true(server.asked.includes('PATCH /v1/models/consumer-loan-default/monitor/alarms/alarm-consumer-loan-default-3'));
	await page.getByRole('link', {name: 'See the drift'}).click();
	await page.getByRole('heading', {name: /employment_length Window from 24 Aug 2026/v}).waitFor();
	await page.locator('.heat .sideways').focus();
	await page.keyboard.press('ArrowRight');
	await page.getByRole('heading', {name: /employment_length Window from 31 Aug 2026/v}).waitFor();
	await page.keyboard.press('ArrowDown');
	await page.getByRole('heading', {name: /channel Window from 31 Aug 2026/v}).waitFor();
	t.regex(page.url(), /feature=channel/v);
});

browserTest('an alarm says which fields explain it, how many of their features moved, and leads to the first', async (t, open) => {
	const {server, page, sample} = await open(`${MODEL}?open=alarm-consumer-loan-default-3`);
	await page.getByRole('button', {name: 'Acknowledge'}).waitFor();
	const alarm = sample.models.get('consumer-loan-default')!.alarms.find(({id}) => id === 'alarm-consumer-loan-default-3')!;
	const causes = [
		{field: 'employment', share: 0.82, features: ['employment_length', 'channel'], moved: 2, of: 7},
		{field: 'channel', share: 0.18, features: ['channel'], moved: 1, of: 1},
	];
	server.send('alarm', {...alarm, causes});
	await page.getByText('employment 2 of its 7 features moved (82 %)').waitFor();
	await page.getByText('channel has moved (18 %)').waitFor();
	await page.getByRole('link', {name: 'employment', exact: true}).click();
	await page.getByRole('heading', {name: /employment_length Window from/v}).waitFor();
	t.regex(page.url(), /feature=employment_length/v);
});

browserTest('on a narrow screen the heat map begins at the newest window, and only the map scrolls', async (t, open) => {
	const {page} = await open(`${MODEL}/drift`, {width: 390});
	const cursor = (await page.locator('.heat .cursor').boundingBox())!;
	t.true(cursor.x > 0 && cursor.x + cursor.width < 390, `the cursor stands at ${cursor.x}`);
	t.true(await page.evaluate("document.querySelector('.heat .sideways').scrollLeft > 100"));
});

browserTest('a decision is found by its id, and shows what came of it; one that is not there is said so', async (t, open) => {
	const {page, server, sample} = await open('/', {mayFail: true});
	await page.locator('.fleet .spark').first().waitFor();
	await page.keyboard.press('/');
	await page.getByPlaceholder('model, page or decision').fill('d-consumer-loan-default-2n9c');
	await page.keyboard.press('Enter');
	await page.getByRole('heading', {name: /said 0\.214 for default on 14 Jul 2026, 09:26\. The policy says refer\./v}).waitFor();
	await page.getByText('corrected').waitFor();
	await page.getByText('missing', {exact: true}).waitFor();
	// A label that comes while somebody looks is shown.
	const decision = sample.decisions[0]!;
	sample.decisions = [{...decision, labels: [...decision.labels, {...decision.labels[1]!, revision: 2, withdrawn: true}]}];
	const {quality} = nextWindows(sample.models.get('consumer-loan-default')!);
	server.send('quality', {model: 'consumer-loan-default', window: quality});
	await page.getByText('withdrawn').waitFor();
	await page.getByRole('link', {name: 'v5'}).click();
	await page.waitForURL(/versions\?left=5/v);
	await page.goto(`${server.url}/decisions/d-nothing-1`);
	await page.getByText('There is no decision d-nothing-1.').waitFor();
	t.is(await overflow(page), 0);
});

browserTest('a reviewer closes a decision that was referred, and the page shows what was said', async (t, open) => {
	const {page, server} = await open('/decisions/d-consumer-loan-default-2n9c');
	await page.getByText('This answer was referred: a person decides.').waitFor();
	await page.getByLabel('What is done').fill('approve');
	await page.getByLabel('Why').fill('income was proved by payslips');
	await page.getByRole('button', {name: 'Decide'}).click();
	await page.getByText('By k-reviewer on 3 Sept 2026, 10:00.').or(page.getByText('By k-reviewer on 3 Sep 2026, 10:00.')).waitFor();
	await page.getByText('income was proved by payslips').waitFor();
	t.is(await page.getByRole('button', {name: 'Decide'}).count(), 0);
	t.true(server.asked.includes('POST /v1/decisions/d-consumer-loan-default-2n9c/review'));
	t.is(await overflow(page), 0);
});

browserTest('a back-test is asked for, followed live, and one at a time', async (t, open) => {
	const {page, server, sample} = await open('/models/card-fraud/backtests');
	await page.getByRole('heading', {name: 'Would another policy have been better?'}).waitFor();
	await page.getByRole('button', {name: 'Replay the history'}).click();
	await page.getByRole('button', {name: 'One is under way', disabled: true}).waitFor();
	t.true(server.asked.includes('POST /v1/models/card-fraud/backtests'));
	const [ended] = sample.backtests;
	server.send('job', {...ended!, model: 'card-fraud', id: 'job-50'});
	await page.getByRole('heading', {name: 'loop was the best policy.'}).waitFor();
	const report = page.getByRole('link', {name: 'The whole report'});
	t.is(await report.getAttribute('href'), '/v1/models/card-fraud/backtests/job-50/report.html');
	await page.getByRole('button', {name: 'Replay the history'}).waitFor();
});

browserTest('a job is cancelled after asking once more', async (t, open) => {
	const {server, page} = await open('/jobs');
	await page.getByRole('button', {name: 'Cancel job job-21'}).click();
	t.false(server.asked.some(line => line.startsWith('DELETE')));
	await page.getByText('Really cancel').click();
	await page.getByRole('heading', {name: 'No job is running. One job waits.'}).waitFor();
	t.true(server.asked.includes('DELETE /v1/jobs/job-21'));
});

browserTest('two versions are chosen and compared, gate by gate', async (t, open) => {
	const {page} = await open('/models/card-fraud/versions');
	await page.getByRole('radio', {name: 'Compare, left: v5'}).check();
	await reads(t, page, '.pair', /v5 v4 champion .* INT8 parity 0\.9 % of decisions flip at 0\.5, above 0\.5 %\. INT8 keeps to FP32/v);
	await page.locator('.pair').first().getByRole('img', {name: 'refused'}).waitFor();
	await page.waitForURL(/left=5/v);
});

browserTest('the numbers of the chart stand in a table, estimates marked as such', async (t, open) => {
	const {page, sample} = await open(MODEL);
	await page.getByText('The same in numbers').click();
	const rows = page.locator('.numbers tbody tr');
	await rows.first().waitFor();
	t.is(await rows.count(), 76);
	t.is(await page.locator('.numbers tr.estimate').count(), 13);
	const first = sample.models.get('consumer-loan-default')!.quality[0]!;
	t.true((await rows.last().innerText()).includes(first.series.loop.auc!.toFixed(4)));
});

browserTest('nothing there yet: the page says what will appear and which command makes it', async (t, open) => {
	const sample = makeConsoleSample();
	const bare = sample.models.get('merchant-risk')!;
	Object.assign(bare, {quality: [], drift: [], versions: [], marks: []});
	const {page, server} = await open('/models/merchant-risk', {sample, mayFail: true});
	await page.getByText('make demo').waitFor();
	await page.getByRole('link', {name: 'Versions'}).click();
	await page.getByText('make train MODEL=merchant-risk').waitFor();
	sample.models.clear();
	Object.assign(sample, {jobs: [], edges: []});
	for (const [path, words] of [
		['/', 'No model is registered yet.'],
		['/jobs', 'No job has been asked for yet.'],
		['/edge', 'No edge agent has reported yet.'],
		[MODEL, 'No model is called consumer-loan-default.'],
	] as const) {
		await page.goto(server.url + path);
		await page.getByText(words).waitFor();
		t.is(await overflow(page), 0);
	}
});

browserTest('what cannot be read says so, with the reason and a way to try again; the rest of the page works', async (t, open) => {
	const sample = makeConsoleSample();
	const {page, server} = await open('/jobs', {sample, mayFail: true});
	await page.getByText('42 %').waitFor();
	server.failing.add('/v1/models/consumer-loan-default/monitor/quality');
	await page.goto(`${server.url}${MODEL}`);
	const alert = page.getByRole('alert');
	await alert.waitFor();
	t.regex(
		await alert.innerText(),
		/Quality cannot be read\.\s+Since .*: The object store does not answer\. The rest of the page works\./v,
	);
	t.true((await page.locator('.stack .span').count()) > 0, 'versions, alarms and drift are shown');
	server.failing.clear();
	await alert.getByRole('button', {name: 'Try again'}).click();
	await alert.waitFor({state: 'detached'});
	await page.getByText('21 % of labels known').first().waitFor();
});
