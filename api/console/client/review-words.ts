/**
 * Words of the pages on which somebody looks back: one decision, and back-tests. English, Chinese.
 *
 * @module
 */

/** As {@link WORDS} of word-table.ts, which has them too. */
export const REVIEW_WORDS = {
	'decision.headline': [
		'{tier}{version} said {probability} for {class} on {time}.',
		'{tier}{version} 于 {time} 给出 {class} 的概率 {probability}。',
	],
	'decision.outcome': ['The policy says {outcome}.', '策略结论：{outcome}。'],
	'decision.because': ['Why this one: {reason}. Model', '选用原因：{reason}。模型'],
	'decision.scores': ['What each one said', '各层给出的概率'],
	'decision.scores.hint': ['probabilities at the time of the answer', '作答时的概率'],
	'decision.tier': ['Tier', '层级'],
	'decision.answered': ['answered', '作答'],
	'decision.features': ['What was known', '已知信息'],
	'decision.features.hint': ['one input, as it was scored|{n} inputs, as they were scored', '评分时的 {n} 个输入'],
	'decision.missing': ['missing', '缺失'],
	'decision.labels': ['What came of it', '后续结果'],
	'decision.labels.none': ['No label is known yet.', '尚无标签。'],
	'decision.corrected': ['corrected', '已更正'],
	'decision.withdrawn': ['withdrawn', '已撤回'],
	'review.title': ["A person's word", '人工复核'],
	'review.open': ['This answer was referred: a person decides.', '该答案已转交人工决定。'],
	'review.action': ['What is done', '处理结果'],
	'review.reason': ['Why', '理由'],
	'review.send': ['Decide', '提交决定'],
	'review.by': ['By {who} on {time}.', '{who} 于 {time} 决定。'],
	'decision.record': ['On record', '记录'],
	'decision.id': ['Decision', '决策'],
	'decision.event': ['Event', '事件'],
	'decision.source': ['Source', '来源'],
	'decision.entity': ['Entity', '实体'],
	'decision.time': ['Time of the event', '事件时间'],
	'decision.schema': ['Feature schema', '特征模式'],
	'decision.channel': ['Channel', '通道'],
	'decision.version': ['Version', '版本'],
	'decision.digest': ['Digest of the inputs', '输入摘要'],

	'backtests.none': ['Would another policy have been better?', '换一种策略会更好吗？'],
	'backtests.best': ['{policy} was the best policy.', '最佳策略是 {policy}。'],
	'backtests.what': [
		'A back-test replays the log under several policies, with every label at the time at which it came. It changes nothing.',
		'回测在多种策略下重放日志，每个标签按其真实到达时间出现。它不改变任何东西。',
	],
	'backtests.ask': ['Replay the history', '重放历史'],
	'backtests.busy': ['One is under way', '正在进行'],
	'backtests.report': ['The whole report', '完整报告'],
	'backtests.table': ['Policies side by side', '策略对比'],
	'backtests.policy': ['Policy', '策略'],
	'backtests.skill': ['Skill', '技能'],
	'backtests.decay': ['Lost a month', '每月损失'],
	'backtests.auc': ['AUC', 'AUC'],
	'backtests.logLoss': ['Log loss', '对数损失'],
	'backtests.retrains': ['Trained', '训练次数'],
	'backtests.promotions': ['Promoted', '上线次数'],
	'backtests.isBest': ['best', '最佳'],
	'backtests.rule': ['Skill is {metric}. Labels: {rule}.', '技能指 {metric}。标签：{rule}。'],
} as const;
