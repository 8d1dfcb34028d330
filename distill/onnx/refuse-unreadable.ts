/**
 * A file that some device could not read, or that was made for other features, is refused before it is published, not on the device.
 *
 * @module
 */
import {PerennialError, type Digest} from '../../core/domain/index.ts';
import {decodeMessage} from './codec.ts';
import {BITWISE_OPSET_VERSION, ML_OPSET_VERSION} from './model-file.ts';
import {ML_DOMAIN} from './graph-builder.ts';

/** Newest version of each operator set that every supported runtime reads; a set that is not here is read by none. */
const NEWEST: Readonly<Record<string, number>> = {
	'': BITWISE_OPSET_VERSION,
	'ai.onnx': BITWISE_OPSET_VERSION,
	[ML_DOMAIN]: ML_OPSET_VERSION,
};

/**
 * Look at a file's operator sets, and at the feature schema that its metadata names if they name one.
 *
 * @throws PerennialError - RUNTIME_UNAVAILABLE if the bytes are no ONNX file, if they name no operator set, or one that is unknown or too new;
 * ARTIFACT_SCHEMA_MISMATCH if the file was made for another feature schema.
 */
export function refuseUnreadable(bytes: Uint8Array, featureSchema: Digest): void {
	const {opsetImport = [], metadataProps = []} = decodeMessage('Model', bytes);
	const unknown = opsetImport.filter(({domain = '', version = 0}) => version < 1 || version > (NEWEST[domain] ?? 0));
	if (opsetImport.length === 0 || unknown.length > 0) {
		const found = unknown.map(({domain = '', version = 0}) => `${domain === '' ? 'ai.onnx' : domain} ${version}`).join(', ') || 'none';
		const known = `ai.onnx to ${BITWISE_OPSET_VERSION} and ${ML_DOMAIN} to ${ML_OPSET_VERSION}`;
		const message = `The ONNX file needs the operator sets ${found}; devices read ${known}. Write it with these.`;
		throw new PerennialError('RUNTIME_UNAVAILABLE', message, {details: {found}});
	}

	const made = metadataProps.find(({key}) => key === 'featureSchema')?.value;
	if (made !== undefined && made !== featureSchema) {
		const message = `The ONNX file was made for the feature schema ${made}, the version has ${featureSchema}. Build it again on today's schema.`;
		throw new PerennialError('ARTIFACT_SCHEMA_MISMATCH', message, {details: {made, expected: featureSchema}});
	}
}
