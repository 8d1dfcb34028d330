/**
 * Migrations in order of their names. A migration that has run anywhere never changes; the next change is the next file.
 *
 * @module
 */
import type {Migration} from 'kysely/migration';
import {baseTables} from './0001-base-tables.ts';
import {jobCare} from './0002-job-care.ts';
import {access} from './0003-access.ts';
import {catalogue} from './0004-catalogue.ts';
import {webhooks} from './0005-webhooks.ts';
import {idempotency} from './0006-idempotency.ts';

/** Name -> migration. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
	'0001-base-tables': baseTables,
	'0002-job-care': jobCare,
	'0003-access': access,
	'0004-catalogue': catalogue,
	'0005-webhooks': webhooks,
	'0006-idempotency': idempotency,
};
