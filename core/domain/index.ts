/**
 * The nouns and the ports. Imports no other room, so that every room can import it; siblings meet here and are joined in app/.
 *
 * @module
 */
export * from './access.ts';
export * from './category-dictionary.ts';
export * from './channel.ts';
export * from './clock.ts';
export * from './digest.ts';
export * from './directory-lock.ts';
export * from './durable-file.ts';
export * from './duration.ts';
export * from './entity-history.ts';
export * from './errors.ts';
export * from './event-log.ts';
export * from './event-time.ts';
export * from './feature-schema.ts';
export * from './frame-file.ts';
export * from './golden.ts';
export * from './idempotency.ts';
export * from './job.ts';
export * from './logger.ts';
export * from './manifest.ts';
export * from './metric-sink.ts';
export * from './model-catalogue.ts';
export * from './model-input.ts';
export * from './object-store.ts';
export * from './online-learner.ts';
export * from './onnx-session.ts';
export * from './policy-version.ts';
export * from './portable-model.ts';
export * from './row-encoder.ts';
export * from './row-translation.ts';
export * from './spec/model-spec.ts';
export * from './spec/monitor-names.ts';
export * from './spec/parse-spec.ts';
export * from './spec/task.ts';
export * from './tabular-network.ts';
export * from './teacher-bytes.ts';
export * from './teacher.ts';
export * from './tier.ts';
export * from './time-ordered-ids.ts';
export * from './training-frame.ts';
export * from './join-frames.ts';
export * from './training-report.ts';
export * from './trust/dsse.ts';
export * from './trust/key-list.ts';
export * from './trust/statements.ts';
export * from './views.ts';
export * from './vintage.ts';
export * from './webhook.ts';
