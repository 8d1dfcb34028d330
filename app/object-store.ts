/**
 * The object store of a configuration.
 *
 * @module
 */
import type {Logger, ObjectStore} from '../core/domain/index.ts';
import {FileObjectStore, S3ObjectStore} from '../registry/index.ts';
import {dataPathsOf, type Config} from './config.ts';

/** Open it. */
export async function openObjectStore(config: Config, logger: Logger): Promise<ObjectStore> {
	if (config.objectStore === 'file') {
		return FileObjectStore.open({directory: dataPathsOf(config).objects, logger});
	}

	return S3ObjectStore.open({
		bucket: config.s3Bucket!,
		prefix: config.s3Prefix,
		region: config.s3Region,
		readUrlSeconds: config.s3PullSeconds,
		logger,
		...(config.s3Endpoint !== undefined && {endpoint: config.s3Endpoint, forcePathStyle: true}),
		...(config.s3AccessKeyId !== undefined &&
			config.s3SecretAccessKey !== undefined && {
				credentials: {accessKeyId: config.s3AccessKeyId, secretAccessKey: config.s3SecretAccessKey},
			}),
	});
}
