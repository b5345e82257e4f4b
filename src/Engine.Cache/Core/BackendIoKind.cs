namespace Engine.Cache;

/// <summary>What a <see cref="BackendIo"/> does.</summary>
internal enum BackendIoKind
{
    Read,
    Write,
    Flush,
    Discard,
    WriteZeroes,
}
