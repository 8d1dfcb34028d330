/**
 * Pictures of every page of the console, with the sample fleet of its tests: wide, light and English; narrow, dark and Chinese.
 *
 *     node tests/screens.ts docs/screens
 *
 * @module
 */
import {mkdirSync} from 'node:fs';
import path from 'node:path';
import {chromium} from 'playwright-core';
import {consoleHandler} from '../api/console/index.ts';
import {makeConsoleSample} from './console-sample.ts';
import {ConsoleServer} from './console-server.ts';

const CHROMIUM = '/usr/bin/chromium';
const MODEL = '/models/consumer-loan-default';
const PAGES = {
	fleet: '/',
	model: MODEL,
	drift: `${MODEL}/drift`,
	vintages: `${MODEL}/vintages`,
	segments: `${MODEL}/segments`,
	versions: `${MODEL}/versions`,
	backtests: `${MODEL}/backtests`,
	jobs: '/jobs',
	edge: '/edge',
	decision: '/decisions/d-consumer-loan-default-2n9c',
} as const;
const VIEWS = [
	{name: 'wide', width: 1280, height: 800, query: ''},
	{name: 'narrow', width: 390, height: 780, query: '?lang=zh&theme=dark'},
] as const;
/** Charts are drawn some moments after what they show has come. */
const SETTLE_MS = 400;

const [out = 'docs/screens'] = process.argv.slice(2);
mkdirSync(out, {recursive: true});
const server = new ConsoleServer(makeConsoleSample(), await consoleHandler());
await server.start();
const browser = await chromium.launch({executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu']});
for (const {name, width, height, query} of VIEWS) {
	const context = await browser.newContext({viewport: {width, height}, reducedMotion: 'reduce', colorScheme: 'light'});
	for (const [page, at] of Object.entries(PAGES)) {
		const tab = await context.newPage();
		await tab.goto(server.url + at + query);
		await tab.locator('main h1, main h2').first().waitFor();
		await tab.waitForTimeout(SETTLE_MS);
		const file = path.join(out, `${page}-${name}.png`);
		await tab.screenshot({path: file});
		console.log(file);
		await tab.close();
	}

	await context.close();
}

await browser.close();
await server.stop();
