/**
 * From a teacher to what runs elsewhere: a student that learnt from it, its ONNX files in FP32 and INT8, golden rows, and the gates that refuse a
 * bad student. Teachers of every kind become ONNX files, and online learners do from their portable form.
 *
 * Fitting is a port (`FitNetwork` of core/domain) and so is running a file (`OnnxSession`): this room loads no native package. It quantises
 * tabular networks only, and reads no ONNX file but for the metadata.
 *
 * @module
 */
export {reportCalibration, type CalibrationOptions} from './gates/calibration.ts';
export {chooseStudent, STUDENT_FAMILY, type ChooseStudentOptions, type StudentChoice} from './choose-student.ts';
export {judgeStudent, scoreAll, type JudgeOptions, type LoadedFile} from './gates/judge-student.ts';
export {judgeParity, type ParityOptions} from './gates/parity.ts';
export {judgeRowIndependence} from './gates/row-independence.ts';
export {judgeRuntimeEquality} from './gates/runtime-equality.ts';
export {reportSize} from './gates/size.ts';
export {reportSpeed, type SpeedOptions} from './gates/speed.ts';
export {judgeStudentQuality, type StudentQualityOptions} from './gates/student-quality.ts';
export {chooseGolden, type GoldenOptions} from './golden.ts';
export {networkToOnnx, type GraphOptions} from './graph/network-to-onnx.ts';
export {forwardNetwork} from './network/forward.ts';
export {modelInputOf, selectRows} from './network/layout.ts';
export {randomBatch, randomNetwork, type RandomNetworkOptions} from './network/random-network.ts';
export {learnerToOnnx, type LearnerGraphOptions} from './online/learner-to-onnx.ts';
export {readMetadata, type OnnxMetadata} from './onnx/model-file.ts';
export {withStringInputs} from './onnx/string-inputs.ts';
export {refuseUnreadable} from './onnx/refuse-unreadable.ts';
export {WEIGHT_MAX} from './quantize/integer-layer.ts';
export {quantizeNetwork, type QuantizeOptions} from './quantize/quantize-network.ts';
export {distillStudent, refitStudent, SOFT_WEIGHT, type DistillOptions} from './student.ts';
export {teachStudent, type TaughtStudent, type TeachOptions} from './teach.ts';
export {teacherInputOf} from './teachers/teacher-input.ts';
export {teacherToOnnx} from './teachers/teacher-to-onnx.ts';
