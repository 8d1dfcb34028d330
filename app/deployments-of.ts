/**
 * The loaded versions of a model, out of its registry.
 *
 * @module
 */
import type {Logger, OnnxRuntime} from '../core/domain/index.ts';
import type {Registry} from '../registry/index.ts';
import {DeploymentSet, loadDeployment} from '../serving/index.ts';
import type {ModelRow} from '../store/index.ts';

/** What loading needs. */
export interface DeploymentParts {
	readonly registryOf: (tenant: string) => Registry;
	readonly onnx: OnnxRuntime;
	readonly logger: Logger;
	/** See {@link DeploymentSetOptions}. */
	readonly onChange?: () => void;
}

/** Follows the channels of a model; where its spec has tiers, a student comes with its promise. */
export function deploymentsOf(
	{tenant, spec}: Pick<ModelRow, 'tenant' | 'spec'>,
	{registryOf, onnx, logger, onChange}: DeploymentParts,
): DeploymentSet {
	const registry = registryOf(tenant);
	const {tiers, policy} = spec;
	return new DeploymentSet({
		model: spec.name,
		logger,
		...(onChange && {onChange}),
		channels: {
			currentOf: async (model, channel) => registry.currentOf(model, channel),
			versionNumbers: async model => registry.versions(model),
			hasExpert: async (model, version) => (await registry.manifest(model, version)).expertInput !== undefined,
		},
		load: async (version, roles) =>
			loadDeployment({
				source: registry,
				runtime: onnx,
				model: spec.name,
				version,
				roles,
				...(tiers && roles.includes('student') && {promise: {policy, tiers}}),
			}),
	});
}
