/** The stated budget of false alarms holds on real data. */
import {existsSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import {ROOT} from '../../tests/sources.ts';
import {ALARM_BUDGET_FILE, measureAlarmBudget} from './alarm-budget.ts';

const directory = path.join(ROOT, '../shared/data');

if (existsSync(path.join(directory, ALARM_BUDGET_FILE))) {
	test('acs_employment: no more alarms than the budget on data without drift', t => {
		const [alarms] = measureAlarmBudget(directory, [1, 2, 3, 4, 5]);
		t.is(alarms?.name, 'acs_employment.alarms');
		t.true(alarms?.ok, `${alarms?.value} ${alarms?.bar}`);
	});
} else {
	test.skip('acs_employment: no more alarms than the budget on data without drift (../shared/data is absent)', () => {});
}
