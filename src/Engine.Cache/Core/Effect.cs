namespace Engine.Cache;

/// <summary>One thing that the core asks its driver to do, outside the lock and in order.</summary>
internal readonly record struct Effect(EffectKind Kind, object? Subject);
