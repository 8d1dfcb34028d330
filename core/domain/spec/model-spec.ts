/**
 * The model spec: what a model predicts, from which fields, when it learns, and what may go live. docs/model-spec.md is its long form.
 *
 * @module
 */
import {z} from 'zod';
import {isDuration} from '../duration.ts';
import {TIME_FORMATS} from '../event-time.ts';
import {DETECTOR_NAMES, TWO_SAMPLE_NAMES} from './monitor-names.ts';

/** A name that may stand in a path, a metric label and a file name. */
export const NAME_PATTERN = /^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$/v;

const name = z
	.string()
	.regex(NAME_PATTERN, 'must be 1 to 63 lower-case letters, digits or hyphens, and begin and end with a letter or digit');
const field = z.string().min(1, 'must name a field').max(200);
const duration = z.string().refine(isDuration, 'must be an ISO 8601 duration, for instance P7D, PT6H or P36M');
const ratio = z.number().min(0).max(1);
const isUnique = (names: readonly string[]): boolean => new Set(names).size === names.length;
const oneOf = (thing: string, names: readonly string[]): string => `is no ${thing}; there are ${names.join(', ')}`;

const timeSchema = z
	.union([
		z.strictObject({
			field: field.meta({description: 'Field that holds the event time.'}),
			format: z.enum(TIME_FORMATS).default('auto'),
		}),
		z.strictObject({parts: z.strictObject({year: field, month: field, day: field, minuteOfDay: field.optional()})}),
	])
	.default({field: 'time', format: 'auto'})
	.meta({description: 'Event time: one field, or calendar parts in several.'});

const otherwiseSchema = z.union([
	z.strictObject({fixed: duration}),
	z.strictObject({from: field, months: field.meta({description: 'Field with a number of months to add.'})}),
]);

const delaySchema = z
	.union([
		z.strictObject({fixed: duration}),
		z.strictObject({
			field: field.meta({description: 'Field with the time at which the label became known.'}),
			otherwise: otherwiseSchema.optional(),
			positiveAfter: duration.optional().meta({
				description:
					'Binary: the positive outcome becomes known so long after the time in field, such as P1M after the last payment.',
			}),
		}),
	])
	.default({fixed: 'PT0S'})
	.meta({description: 'When a label becomes known: a fixed time after the event, or a field.'});

const closesSchema = z
	.union([
		z.strictObject({fixed: duration}),
		z.strictObject({months: field.meta({description: 'Numeric feature with a number of months.'})}),
	])
	.meta({description: 'Binary: when an event without a label is over, counted from the event; its outcome is then the negative one.'});

const labelSchema = z.strictObject({
	field: field.meta({description: 'Field that holds the label in files; the name of the outcome elsewhere.'}),
	positive: z
		.union([z.string(), z.number(), z.boolean()])
		.default(1)
		.meta({description: 'Binary: the value that means "the risk event happened".'}),
	negative: z
		.union([z.string(), z.number(), z.boolean()])
		.optional()
		.meta({description: 'Binary: the value that means it did not. Absent: any other value.'}),
	classes: z
		.array(z.union([z.string(), z.number()]))
		.min(2)
		.max(100)
		.optional()
		.meta({description: 'Multiclass: all values, in the order of the probabilities.'}),
	delay: delaySchema,
	maturity: duration
		.default('P0D')
		.meta({description: 'A label is final this long after its event; younger ones train a teacher only as unfinal says.'}),
	unfinal: z
		.enum(['exclude', 'survive', 'ipw'])
		.default('exclude')
		.meta({
			description:
				'Labels that are not final. exclude: they never train. survive: those known train, and open events count as each class by its probability. ' +
				'ipw: those known train, by the inverse probability of being known.',
		}),
	closes: closesSchema.optional(),
});

const featureSchema = z.strictObject({
	name: field,
	type: z.enum(['numeric', 'categorical', 'boolean', 'text']),
	level: z.int().min(1).max(5).default(2).meta({description: 'Sensitivity, 1 (public) to 5 (state secret), after JR/T 0197.'}),
	description: z.string().optional(),
	source: field.optional().meta({
		description: 'Field of the source that it is made from, such as that of an aggregate; alarms name it. Absent: its own name.',
	}),
	categories: z
		.array(z.string())
		.max(10_000)
		.optional()
		.meta({description: 'Categorical: values known beforehand; others are learnt as they come.'}),
});

const onlineSchema = z.strictObject({
	learners: z.array(z.string()).length(1, 'takes exactly one learner').default(['stack']),
	learnFrom: z
		.enum(['outcomes', 'both'])
		.default('outcomes')
		.meta({description: 'outcomes: labels are learnt when they are final. both: those of investigations as they come.'}),
	publishEvery: z.int().min(1).max(100_000).default(64).meta({description: 'Labels learnt between two publications of the parameters.'}),
});

const triggerLimits = {cooldown: duration.default('P3D'), budgetPerMonth: z.int().min(1).max(1000).default(4)};

const triggerSchema = z.discriminatedUnion('on', [
	z.strictObject({on: z.literal('drift'), ...triggerLimits}),
	z.strictObject({
		on: z.literal('volume'),
		labels: z.int().min(1).meta({description: 'Labels that came since the last training was asked for.'}),
		...triggerLimits,
	}),
	z.strictObject({
		on: z.literal('performance'),
		metric: z.enum(['logLoss', 'auc']).default('logLoss'),
		worseBy: z.number().positive().max(10).meta({description: "Against what the champion's report says, in the units of the metric."}),
		...triggerLimits,
	}),
	z.strictObject({
		on: z.literal('event'),
		type: z.string().min(1).max(200).meta({description: 'Type of a CloudEvent, posted to the triggers of the model.'}),
		...triggerLimits,
	}),
]);

const samplingSchema = z
	.discriminatedUnion('kind', [
		z.strictObject({kind: z.literal('all')}),
		z.strictObject({
			kind: z.literal('exponential'),
			halfLife: duration.meta({description: 'Age at which a row counts half.'}),
		}),
		z.strictObject({
			kind: z.literal('balanced'),
			ratio: z
				.number()
				.min(1)
				.max(1000)
				.default(4)
				.meta({description: 'Rows of the common classes for each of the rarest; weights undo it.'}),
		}),
		z.strictObject({
			kind: z.literal('replay'),
			recent: duration.meta({description: 'All rows of this age and younger.'}),
			share: z.number().min(0.01).max(0.9).default(0.2).meta({description: 'Share of the frame that is drawn from the older rows.'}),
		}),
	])
	.default({kind: 'all'})
	.meta({description: 'Which rows of the window a teacher learns from, and how much each counts.'});

const offlineSchema = z.strictObject({
	teacher: z
		.enum(['auto', 'tabular-network', 'mlp', 'logistic-regression', 'boosted-trees', 'blend', 'sequence'])
		.default('auto')
		.meta({description: 'Kind of teacher; auto: the kind, or blend of kinds, that is best on the newest rows.'}),
	effort: z.enum(['quick', 'standard', 'thorough']).default('quick').meta({description: 'How much is tried before a teacher is chosen.'}),
	warmStart: z
		.enum(['never', 'always', 'auto'])
		.default('never')
		.meta({description: "Whether training goes on from the champion's teacher; auto: both are fitted, and the newest rows decide."}),
	schedule: z.string().default('0 3 * * 1').meta({description: 'Cron expression of five fields, on the event clock.'}),
	timezone: z.string().default('UTC'),
	window: z
		.union([z.literal('all'), duration])
		.default('all')
		.meta({description: 'How far back a training frame reaches.'}),
	sampling: samplingSchema,
	hidden: z.array(z.int().min(1).max(4096)).min(1).max(6).optional().meta({
		description:
			'Widths of the hidden layers of the teacher mlp, or sequence. Absent: two of 256 (mlp) or 128, half of that with effort quick.',
	}),
	seed: z.int().min(0).default(1),
	minimumRows: z.int().min(10).default(500).meta({description: 'Matured labels without which no teacher is trained.'}),
	minimumNewLabels: z
		.int()
		.min(0)
		.default(100)
		.meta({description: 'Matured labels since the last training without which a scheduled job is skipped.'}),
	triggers: z.array(triggerSchema).max(8).default([]),
});

const edgeSchema = z.strictObject({
	student: z
		.strictObject({
			hidden: z
				.union([z.literal('auto'), z.array(z.int().min(1).max(8192)).min(1).max(6)])
				.default([128, 64])
				.meta({
					description:
						'Widths of its hidden layers; `auto` tries sizes from 16 to 512-256 and takes the smallest that is as good as the best.',
				}),
			pruning: z.number().min(0).max(0.95).default(0).meta({
				description:
					'Share of its hidden units that are taken out, those that say least, before it is fitted on: its matrices shrink by so much.',
			}),
		})
		.prefault({}),
	quantize: z.enum(['int8', 'int8-symmetric']).default('int8').meta({
		description:
			'`int8-symmetric`: signed integers around 0 alone, for TensorRT; errs about twice as much, so that gates must be wider.',
	}),
	channels: z.array(name).max(8).default(['edge-stable']),
	rollout: z
		.strictObject({
			wait: duration.default('PT1H').meta({description: 'How long a channel must have had a version before the next one gets it.'}),
			healthyMin: z
				.int()
				.min(0)
				.default(1)
				.meta({description: 'Edges of a channel that must answer with it before the next one gets it.'}),
			refusedMax: z.int().min(0).default(0).meta({description: 'Edges that may refuse it; one more, and it goes back.'}),
		})
		.optional()
		.meta({description: 'Versions go through `edge.channels` in their order, ring by ring; absent: all channels move at once.'}),
});

const policySchema = z.strictObject({
	cutoffs: z
		.array(z.strictObject({at: ratio, below: z.string().min(1), above: z.string().min(1)}))
		.max(8)
		.default([]),
	costs: z
		.array(
			z.strictObject({
				outcome: z.string().min(1).meta({description: 'An outcome of the cut-offs.'}),
				positive: z.number().meta({description: 'What it costs where the risk event happens; below 0: what it earns.'}),
				negative: z.number().meta({description: 'What it costs where the risk event does not happen.'}),
			}),
		)
		.min(1, 'has a cost for each outcome of the cut-offs')
		.optional()
		.meta({description: 'What each outcome costs, by what then happens; any unit. Absent: challengers are judged by log loss alone.'}),
	reasons: z
		.array(
			z.strictObject({
				feature: field.meta({description: 'Feature of this spec.'}),
				code: z.string().min(1).max(40),
				text: z.string().min(1).max(500).optional().meta({description: 'What a person is told.'}),
			}),
		)
		.max(2000)
		.default([])
		.meta({description: 'Reason codes by feature; a feature without one has its name as its code.'}),
	reasonsMax: z.int().min(1).max(20).default(4).meta({description: 'Reasons that a decision names, at most.'}),
});

const tiersSchema = z.strictObject({
	agreementMin: z
		.number()
		.min(0.9)
		.max(0.9999)
		.default(0.995)
		.meta({description: "Share of the student's answers whose outcome is the teacher's, at least."}),
	confidence: z.number().min(0.5).max(0.999).default(0.95).meta({description: 'Confidence with which that holds.'}),
	watched: ratio.default(0.02).meta({description: 'Share of all answers that the teacher scores too, so that agreement is known.'}),
	cache: z
		.strictObject({
			entriesMax: z
				.int()
				.min(1)
				.max(1_000_000)
				.default(10_000)
				.meta({description: 'Answers that are kept; one more pushes out the one asked for least recently.'}),
			ageMax: duration
				.default('PT10M')
				.meta({description: "An answer is not given again when it is older than this by the system's clock."}),
		})
		.optional()
		.meta({description: 'Equal features are answered from memory for a while; absent: every event is scored.'}),
});

const challengerSchema = z.strictObject({
	channel: name.default('challenger').meta({description: 'Channel whose version is on trial while it is not the champion.'}),
	share: ratio.default(0).meta({description: 'Share of entities (of events, where they name none) that the challenger answers.'}),
	promotion: z
		.enum(['automatic', 'proposed'])
		.default('proposed')
		.meta({description: 'automatic: a challenger proved better goes live. proposed: a person has to approve it.'}),
	newVersions: z.enum(['live', 'trial']).default('live').meta({
		description:
			'Where a version goes that passed its gates. live: champion at once. trial: challenger, until outcomes decide; the first is champion anyway.',
	}),
	judgedBy: z
		.enum(['logLoss', 'cost'])
		.default('logLoss')
		.meta({description: 'What the verdict is about: log loss, or what the outcomes cost by `policy.costs`. Both are shown.'}),
	errorMax: z.number().min(0.001).max(0.5).default(0.05).meta({description: 'Probability of a wrong verdict, however often one looks.'}),
	labelsExpected: z.int().min(100).max(10_000_000).default(5000).meta({description: 'Labels at which the test is sharpest.'}),
});

const gatesSchema = z.strictObject({
	aucLossMax: z.number().min(0).max(0.5).default(0.0005).meta({description: 'AUC that quantising may cost.'}),
	decisionFlipsMax: ratio.default(0.001).meta({
		description:
			'Share of decisions that quantising may flip. Where one digit of activations flips more, the student is stored in two.',
	}),
	logitErrorRatioMax: ratio
		.default(0.02)
		.meta({description: 'Root mean square logit error of quantising over the standard deviation of the logit.'}),
	studentAucLossMax: z.number().min(0).max(0.5).default(0.01).meta({description: 'AUC that distilling may cost against the teacher.'}),
	challengerMustWin: z
		.boolean()
		.default(true)
		.meta({description: 'true: only a challenger proved better goes live; false: one not proved worse does.'}),
	segmentLossRiseMax: z.number().min(0).optional().meta({
		description:
			'Refuse a challenger whose log loss rises by more than this, beyond doubt, in a segment of `monitors.segments`; absent: it is reported.',
	}),
	forgettingMax: z.number().min(0).optional().meta({
		description:
			'Refuse a challenger whose log loss rises by more than this, beyond doubt, on the oldest rows; absent: it is reported.',
	}),
	confidence: z.number().min(0.5).max(0.999).default(0.95),
	minimumRows: z.int().min(20).default(200).meta({description: 'Out-of-time rows without which the gate refuses.'}),
});

const monitorsSchema = z.strictObject({
	falseAlarmsPerMonth: z.number().positive().max(100).default(1),
	window: duration.default('P7D').meta({description: 'Length of the windows of quality and drift, in event time.'}),
	segments: z.array(field).max(16).default([]).meta({description: 'Categorical or boolean features by which quality is told apart.'}),
	protected: z
		.array(field)
		.max(8)
		.default([])
		.meta({description: 'Those of them (they need not be named twice) whose groups are compared: how far apart are their figures?'}),
	fairnessGapMax: ratio
		.optional()
		.meta({description: 'A gap between such groups that is larger beyond chance raises an alarm; absent: none does.'}),
	psiThreshold: z.number().positive().max(10).default(0.25),
	detectors: z
		.array(z.enum(DETECTOR_NAMES, oneOf('detector', DETECTOR_NAMES)))
		.min(1, 'names at least one detector')
		.refine(isUnique, 'names each detector once')
		.optional()
		.meta({description: 'Detectors of concept drift. Absent: score-cusum and adwin, and bernoulli-cusum where the task is binary.'}),
	twoSample: z
		.array(z.enum(TWO_SAMPLE_NAMES, oneOf('test of two samples', TWO_SAMPLE_NAMES)))
		.min(1, 'names at least one test')
		.refine(isUnique, 'names each test once')
		.default(['psi'])
		.meta({description: 'Tests of each feature and the score, window by window, against the reference; those named raise alarms.'}),
	sequential: z.boolean().default(true).meta({
		description: 'Look at each feature and the score row by row too, so that a shift raises an alarm before its window ends.',
	}),
});

/** Parses and completes a spec, field by field. What holds between fields is in relations.ts; {@link parseSpec} checks both. */
export const modelSpecSchema = z.strictObject({
	apiVersion: z.literal('perennial/v1').default('perennial/v1'),
	name: name.meta({description: 'Name of the model; unique in its tenant.'}),
	tenant: name.default('default'),
	description: z.string().max(2000).optional(),
	task: z.enum(['binary', 'multiclass']),
	time: timeSchema,
	entity: z.strictObject({field}).optional().meta({description: 'Field with the key of the customer, card or account.'}),
	label: labelSchema,
	features: z.array(featureSchema).min(1, 'needs at least one feature').max(2000),
	exclude: z
		.record(z.string(), z.string().min(1))
		.default({})
		.meta({description: 'Fields that are never features (leaks), each with the reason.'}),
	online: onlineSchema.prefault({}),
	offline: offlineSchema.prefault({}),
	edge: edgeSchema.prefault({}),
	policy: policySchema.prefault({}),
	tiers: tiersSchema.optional().meta({
		description:
			"The student answers where its decision is promised to be the teacher's, the teacher elsewhere. Absent: see docs/serving.md.",
	}),
	challenger: challengerSchema
		.optional()
		.meta({description: 'A version on trial: judged on the outcomes of the same events as the champion, and promoted or retired.'}),
	gates: gatesSchema.prefault({}),
	monitors: monitorsSchema.prefault({}),
});

/** A model spec with all defaults filled in. */
export type ModelSpec = z.output<typeof modelSpecSchema>;

/** A model spec as a user writes it. */
export type ModelSpecInput = z.input<typeof modelSpecSchema>;

/** One feature of a spec. */
export type FeatureSpec = ModelSpec['features'][number];
