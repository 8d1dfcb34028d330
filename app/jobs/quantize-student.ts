/**
 * A student's INT8 file: with one digit of activations where that keeps to the parity gate, because it takes half the time, else with two.
 *
 * @module
 */
import {
	batchDigestOf,
	digestOf,
	type Digest,
	type GateReport,
	type ModelSpec,
	type OnnxBatch,
	type OnnxSession,
	type TabularNetwork,
} from '../../core/domain/index.ts';
import {loadOnnxSession, type OnnxFileShape} from '../../core/runtimes/index.ts';
import {
	judgeStudent,
	networkToOnnx,
	quantizeNetwork,
	refuseUnreadable,
	type JudgeOptions,
	type QuantizeOptions,
} from '../../distill/index.ts';

/** What {@link quantizeStudent} needs. */
export interface QuantizeStudentOptions extends Pick<JudgeOptions, 'outOfTime'> {
	readonly spec: JudgeOptions['spec'] & {readonly edge: Pick<ModelSpec['edge'], 'quantize'>};
	readonly network: TabularNetwork;
	/** Rows that it learnt from. */
	readonly calibration: OnnxBatch;
	readonly shape: OnnxFileShape;
	/** What the file says of itself, beside what is known here. */
	readonly metadata: {readonly featureSchema: Digest; readonly teacher: Digest; readonly model: string};
}

/** The file that goes on, loaded, and what the gates said of it. */
export interface QuantizedStudent {
	readonly quantized: Uint8Array;
	/** To be closed by whoever asked. */
	readonly session: OnnxSession;
	readonly sizeRatio: number;
	readonly calibrationDigest: Digest;
	readonly judged: readonly GateReport[];
	readonly digits: NonNullable<QuantizeOptions['digits']>;
}

/**
 * Quantise and judge. The symmetric form has one digit, whatever the gate says.
 *
 * Cost: two passes over the judging rows and about half a second; twice that where one digit is refused.
 *
 * @throws PerennialError - if an edge could not read the file.
 */
export async function quantizeStudent(options: QuantizeStudentOptions): Promise<QuantizedStudent> {
	const {network, outOfTime, shape, spec} = options;
	const reference = networkToOnnx(network, {metadata: {role: 'student', precision: 'fp32'}});
	const session = await loadOnnxSession(reference, shape);
	try {
		const fp32 = {session, sizeBytes: reference.length, digest: digestOf(reference)};
		const one = await quantizeWith(options, fp32, 1);
		const parity = one.judged.find(({gate}) => gate === 'int8-parity')!;
		if (parity.passed || spec.edge.quantize === 'int8-symmetric' || outOfTime.batch.rowCount < spec.gates.minimumRows) {
			return one;
		}

		await one.session.close();
		const two = await quantizeWith(options, fp32, 2);
		const why = `Activations have two digits; with one: ${parity.reason}`;
		return {
			...two,
			judged: two.judged.map(report => (report.gate === parity.gate ? {...report, reason: `${report.reason} ${why}`} : report)),
		};
	} finally {
		await session.close();
	}
}

async function quantizeWith(
	{network, calibration, outOfTime, shape, spec, metadata}: QuantizeStudentOptions,
	{digest, ...reference}: {readonly session: OnnxSession; readonly sizeBytes: number; readonly digest: Digest},
	digits: QuantizedStudent['digits'],
): Promise<QuantizedStudent> {
	const calibrationDigest = batchDigestOf(calibration);
	const symmetric = spec.edge.quantize === 'int8-symmetric';
	const quantized = quantizeNetwork(network, calibration, {
		digits,
		symmetric,
		metadata: {
			role: 'student',
			precision: spec.edge.quantize,
			digits: `${digits}`,
			fp32: digest,
			calibration: calibrationDigest,
			...metadata,
		},
	});
	refuseUnreadable(quantized, metadata.featureSchema);
	const session = await loadOnnxSession(quantized, shape);
	try {
		const judged = await judgeStudent({
			reference,
			quantized: {session, sizeBytes: quantized.length},
			outOfTime,
			outputCount: shape.outputCount,
			spec,
		});
		return {quantized, session, sizeRatio: quantized.length / reference.sizeBytes, calibrationDigest, judged, digits};
	} catch (error) {
		await session.close();
		throw error;
	}
}
