"""What stands in the tables, in Chinese."""

CHINESE = {
    # measures
    "detection": "检出率",
    "false alarms, healthy": "健康训练上的误报",
    "false alarms, provocations": "形似故障的健康训练上的误报",
    "right cause first": "首位原因正确",
    "right cause in the first three": "正确原因在前三位",
    "precision of named causes": "所述原因的准确率",
    "first cure restores 90 % of the twin, of all faults": "照做首位建议后恢复到健康对照的 90 %（占全部故障）",
    "first cure restores 90 % of the twin, where one is offered": "照做首位建议后恢复到健康对照的 90 %（占给出改动的）",
    "silence on neutral mutants": "对无害改动保持沉默",
    "compounds: at least one cause": "复合故障：至少说出一个原因",
    "compounds: all causes": "复合故障：说出全部原因",
    "published cases: detected": "公开案例：检出",
    "published cases: diagnosed": "公开案例：诊断正确",
    "articles: right": "文章中的配置：判断正确",
    "verdicts without breaking": "没有中断的诊断",
    "seconds to a verdict, toy": "诊断用时（秒），小数据",
    "seconds to a verdict, digits": "诊断用时（秒），手写数字",
    # families
    "batch": "批次", "data": "数据", "evaluation": "评价", "labels": "标签", "layer": "网络层", "loss": "损失",
    "nothing": "未发现", "optimiser": "优化器", "other": "其他", "rate": "学习率", "regularisation": "正则化",
    "split": "数据划分", "weights": "权重",
    # kinds of cases
    "neutral mutants": "无害改动", "healthy": "健康", "provocation": "形似故障", "fault": "单一故障",
    "compound": "复合故障", "article": "文章", "published": "公开案例",
    # who was asked
    "doctor": "本诊断", "random forest": "随机森林", "always the learning rate": "总说学习率",
    "UMLAUT's rules": "UMLAUT 的规则", "AutoTrainer's rules": "AutoTrainer 的规则",
    "DeepDiagnosis's rules": "DeepDiagnosis 的规则", "TheDeepChecker's rules": "TheDeepChecker 的规则",
    # sentences and heads
    "Development part (thresholds were set on it)": "开发部分（阈值在其上设定）",
    "Sealed part (no threshold saw it)": "封存部分（没有任何阈值见过它）",
    "{asked} of {kept} cases: {told}. Seconds for experiments: {seconds}.":
        "{kept} 个案例中的 {asked} 个：{told}。试验用时上限（秒）：{seconds}。",
    "measure": "指标", "share (95 % interval)": "比例（95 % 区间）", "family": "故障类别",
    "{count} of {total}, {value:.1%} ({low:.1%} to {high:.1%})":
        "{total} 中 {count}，{value:.1%}（{low:.1%} 至 {high:.1%}）",
    "median {middle:.1f}, 95th percentile {late:.1f}, of the processor {processor:.1f}":
        "中位数 {middle:.1f}，95 % 分位数 {late:.1f}，处理器时间 {processor:.1f}",
    "planted ↓, named first → ": "植入 ↓，首位诊断 → ",
    "On the same {count} cases:": "在同样的 {count} 个案例上：",
    "Misses: {count}": "未说对的：{count}",
    "Published cases, as {sheet} sums them up; what it leaves open was chosen:":
        "公开案例，按 {sheet} 的概括重建；其中未说明的由我们选定：",
    "question": "提问", "was wrong": "错在", "chosen": "我们选定", "said": "诊断",
    " (not what was wrong)": "（并非所错之处）",
}
