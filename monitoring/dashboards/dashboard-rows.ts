/**
 * The dashboard's rows, in order.
 *
 * @module
 */
import {MODEL, type DashboardRow} from './dashboard-queries.ts';
import {DRIFT, LOOP, QUALITY} from './model-rows.ts';
import {EDGE, LEARNER, PROCESS, SERVING} from './process-rows.ts';
import {TIERS} from './tier-rows.ts';

/** From top to bottom. */
export const DASHBOARD_ROWS: readonly DashboardRow[] = [QUALITY, DRIFT, LOOP, SERVING, TIERS, LEARNER, EDGE, PROCESS];

/** Marks on every panel: when another version went live. */
export const PROMOTION_QUERY = `changes(perennial_live_version{${MODEL},channel="champion"}[$__rate_interval]) > 0`;

/** Where the variable `model` finds its values. */
export const MODEL_VALUES_QUERY = 'label_values(perennial_events_total, model)';
