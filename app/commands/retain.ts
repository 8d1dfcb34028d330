/**
 * `retain`: retire versions under the configured rules, and collect the bytes that no version needs. For a daily timer; safe beside a running system.
 *
 * @module
 */
import {PerennialError, SystemClock} from '../../core/domain/index.ts';
import {collectGarbage, Registry} from '../../registry/index.ts';
import {ModelStore, openStore, SettingStore} from '../../store/index.ts';
import type {CommandDefinition} from '../command.ts';
import {EXIT, textOf} from '../command.ts';
import {dataPathsOf, readConfig, type Config} from '../config.ts';
import {restoreEventClock} from '../event-time.ts';
import {createLogger} from '../logger.ts';
import {openObjectStore} from '../object-store.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The command. */
export const retainCommand: CommandDefinition = {
	name: 'retain',
	summary: 'Let go of the bytes of versions that no rule of retention speaks for, and of bytes that no version needs.',
	flags: {
		'dry-run': {type: 'boolean', help: 'only say what would go'},
		config: {type: 'string', help: 'configuration file (default perennial.yaml)'},
	},
	async run(flags, {print, isJson}) {
		const file = textOf(flags, 'config');
		const config = readConfig(file === undefined ? {} : {file});
		const isDryRun = flags['dry-run'] === true;
		const {retired, garbage} = await retain(config, isDryRun);
		if (isJson) {
			print(JSON.stringify({isDryRun, retired, garbage}));
			return EXIT.done;
		}

		for (const {model, versions} of retired) {
			print(
				`${model}: ${isDryRun ? 'would retire' : 'retired'} ${versions.length === 0 ? 'nothing' : `version ${versions.join(', ')}`}.`,
			);
		}

		const {condemned, setAside, restored, removed, removedBytes} = garbage;
		print(
			`Blobs: ${condemned} needed by none, ${setAside} set aside, ${restored} put back, ${removed} removed (${removedBytes} bytes).`,
		);
		return EXIT.done;
	},
};

interface Retained {
	readonly retired: readonly {readonly model: string; readonly versions: readonly number[]}[];
	readonly garbage: Awaited<ReturnType<typeof collectGarbage>>;
}

async function retain(config: Config, isDryRun: boolean): Promise<Retained> {
	const {retentionDays, retentionNewest, retentionHistoryDays} = config;
	if (retentionDays === undefined) {
		throw new PerennialError(
			'USAGE',
			'There are no rules of retention; say with PERENNIAL_RETENTION_DAYS after how many days versions may go.',
		);
	}

	const rules = {
		newest: retentionNewest,
		ageMs: retentionDays * DAY_MS,
		historyMs: retentionHistoryDays === undefined ? Infinity : retentionHistoryDays * DAY_MS,
	};
	const logger = createLogger(config, 'retain');
	const store = await openStore(dataPathsOf(config).store);
	try {
		const objects = await openObjectStore(config, logger);
		const clock = config.clock === 'event' ? await restoreEventClock(new SettingStore(store.db)) : new SystemClock();
		const retired: {model: string; versions: number[]}[] = [];
		for (const {name, tenant} of await new ModelStore(store.db).list()) {
			const registry = new Registry({store: objects, clock, logger, tenant});
			retired.push({model: name, versions: await registry.retire(name, rules, Date.now(), isDryRun)});
		}

		const graceMs = config.garbageGraceHours * HOUR_MS;
		return {retired, garbage: await collectGarbage({store: objects, logger, now: Date.now(), graceMs, isDryRun})};
	} finally {
		await store.close();
	}
}
