namespace Engine.Metadata;

/// <summary>How the authority takes a lock from one stable state to another.</summary>
/// <param name="Via">The unstable state.</param>
/// <param name="First">What replicas are told at once, and answer.</param>
internal readonly record struct LockTransition(LockState Via, LockAction? First);
