/**
 * A small, valid manifest draft, for tests that publish.
 *
 * @module
 */
import {digestOf, schemaDigestOf, type FeatureColumn} from '../core/domain/index.ts';
import type {ManifestDraft} from '../registry/index.ts';

const COLUMNS: readonly FeatureColumn[] = [
	{name: 'amount', type: 'numeric'},
	{name: 'city', type: 'categorical'},
];

/** A draft of a binary model with a numeric and a categorical feature; `over` replaces whole fields. */
export function manifestDraft(jobId: string, over: Partial<ManifestDraft> = {}): ManifestDraft {
	const input = {numeric: ['amount'], categorical: [{feature: 'city', vocabulary: ['Oslo', 'Lima']}]};
	return {
		model: 'loan-default',
		tenant: 'default',
		task: 'binary',
		classes: ['0', '1'],
		featureSchema: {version: 1, digest: schemaDigestOf({columns: COLUMNS}), columns: [...COLUMNS]},
		studentInput: input,
		teacherInput: input,
		lineage: {
			specVersion: 1,
			specDigest: digestOf('spec'),
			frameDigest: digestOf('frame'),
			asOf: '2024-01-01T00:00:00.000Z',
			offsets: {from: 0, through: 9},
			rowCount: 10,
			labelRule: 'final labels',
			codeCommit: 'unknown',
			backend: 'cpu',
			seed: 1,
			jobId,
			trigger: 'manual',
		},
		metrics: {auc: 0.75},
		gates: [{gate: 'parity', passed: true, reason: 'No decision flips.', measured: {flips: 0}}],
		accepted: true,
		...over,
	};
}
