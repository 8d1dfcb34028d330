/**
 * The bill of materials of a version, as CycloneDX 1.6 JSON: what inventories and auditors read without knowing us.
 *
 * @module
 */
import {canonicalJson, digestOf, type Manifest} from '../core/domain/index.ts';

/** Media type of {@link mlBomOf}. */
export const ML_BOM_TYPE = 'application/vnd.cyclonedx+json';

interface Property {
	readonly name: string;
	readonly value: string;
}

/**
 * A version's bill of materials: the model with its card, its files, and the data that it was trained on. Equal manifests give equal bytes.
 *
 * It names features and measures; it holds no rows, and nobody's name.
 *
 * @param manifest - Without the bill itself.
 */
export function mlBomOf(manifest: Manifest): Uint8Array {
	const {model, tenant, version, createdAt, blobs, lineage} = manifest;
	const reference = `${tenant}/${model}@${version}`;
	const document = {
		$schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
		bomFormat: 'CycloneDX',
		specVersion: '1.6',
		serialNumber: `urn:uuid:${uuidOf(canonicalJson(manifest))}`,
		version: 1,
		metadata: {
			timestamp: createdAt,
			component: {
				type: 'machine-learning-model',
				'bom-ref': reference,
				group: tenant,
				name: model,
				version: String(version),
				modelCard: modelCardOf(manifest),
				properties: propertiesOf(manifest),
			},
		},
		components: [
			...blobs.map(({role, digest, mediaType}) => ({
				type: 'file',
				'bom-ref': `${reference}#${role}`,
				name: role,
				'mime-type': mediaType,
				hashes: [{alg: 'SHA-256', content: digest.slice('sha256:'.length)}],
			})),
			{
				type: 'data',
				'bom-ref': `${reference}#frame`,
				name: 'training frame',
				hashes: [{alg: 'SHA-256', content: lineage.frameDigest.slice('sha256:'.length)}],
				data: [{type: 'dataset', name: `${lineage.rowCount} rows, labels: ${lineage.labelRule}`}],
			},
		],
		dependencies: [
			{ref: reference, dependsOn: [...blobs.map(({role}) => `${reference}#${role}`), `${reference}#frame`]},
			{ref: `${reference}#frame`},
		],
	};
	return Buffer.from(`${JSON.stringify(document, null, '\t')}\n`);
}

function modelCardOf({task, metrics, studentInput, gates, model, tenant, version}: Manifest): object {
	const inputs = [...studentInput.numeric, ...studentInput.categorical.map(({feature}) => feature)];
	return {
		modelParameters: {
			approach: {type: 'supervised'},
			task: task === 'binary' ? 'binary classification' : 'multiclass classification',
			datasets: [{ref: `${tenant}/${model}@${version}#frame`}],
			inputs: inputs.map(name => ({format: `feature ${name}`})),
			outputs: [{format: task === 'binary' ? 'logit, float32' : 'logits, float32, one a class'}],
		},
		quantitativeAnalysis: {
			performanceMetrics: [
				...Object.entries(metrics).map(([type, value]) => ({type, value: String(value)})),
				...gates.map(({gate, passed}) => ({type: `gate ${gate}`, value: passed ? 'passed' : 'refused'})),
			],
		},
	};
}

function propertiesOf({lineage, featureSchema, accepted, parent}: Manifest): Property[] {
	const facts: Readonly<Record<string, string | number | boolean | undefined>> = {
		accepted,
		parent,
		featureSchemaDigest: featureSchema.digest,
		specVersion: lineage.specVersion,
		specDigest: lineage.specDigest,
		asOf: lineage.asOf,
		offsets: `${lineage.offsets.from}-${lineage.offsets.through}`,
		codeCommit: lineage.codeCommit,
		backend: lineage.backend,
		seed: lineage.seed,
		jobId: lineage.jobId,
		trigger: lineage.trigger,
	};
	return Object.entries(facts).flatMap(([name, value]) =>
		value === undefined ? [] : [{name: `perennial:${name}`, value: String(value)}],
	);
}

/** A UUID (version 8: made as its maker likes) out of a document's digest, so that the same document has the same one. */
function uuidOf(document: string): string {
	const hex = digestOf(document).slice('sha256:'.length);
	const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16);
	return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
