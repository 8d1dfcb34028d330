/** Who is let in, and that everybody who left makes room. */
import test from 'ava';
import {hasCode} from '../core/domain/index.ts';
import {Admission} from './admission.ts';

const sized = (length?: number): {headers: Record<string, string>} => ({
	headers: length === undefined ? {} : {'content-length': String(length)},
});

function isRefused(work: () => unknown): boolean {
	try {
		work();
	} catch (error) {
		return hasCode(error, 'OVERLOADED');
	}

	return false;
}

test('as many requests as may be open, and again as many when they have left', t => {
	const admission = new Admission({requestsMax: 2, bodyBytesMax: 1000});
	for (let round = 0; round < 3; round++) {
		const leave = [admission.enter(sized(1)), admission.enter(sized(1))];
		t.true(isRefused(() => admission.enter(sized(1))));
		t.is(admission.open, 2);
		leave[1]!();
		const third = admission.enter(sized(1));
		leave[0]!();
		third();
		t.is(admission.open, 0);
	}
});

test('bytes are bounded too; a body of unknown or unlawful length counts as the largest', t => {
	const admission = new Admission({bytesMax: 100, bodyBytesMax: 60});
	const first = admission.enter(sized(50));
	t.true(isRefused(() => admission.enter(sized())));
	t.true(isRefused(() => admission.enter(sized(1e12))));
	const second = admission.enter(sized(50));
	t.true(isRefused(() => admission.enter(sized(1))));
	first();
	second();
	const alone = new Admission({bytesMax: 10, bodyBytesMax: 60});
	alone.enter(sized(60))();
	t.is(alone.open, 0);
});
