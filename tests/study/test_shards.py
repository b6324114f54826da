from modgap.study.shards import ShardSettings


def test_the_defaults_on_shards_are_the_papers():
    settings = ShardSettings(data="cc12m")
    assert settings.processes * settings.batch_size == 880
    assert (settings.architecture, settings.epochs, settings.precision) == ("RN50", 30, "amp")
    assert (settings.learning_rate, settings.weight_decay, settings.warmup_steps) == (
        *(1e-3, 0.2, 10_000),
    )
    assert (settings.beta1, settings.beta2, settings.epsilon) == (0.9, 0.999, 1e-8)
    assert settings.threads == 72
