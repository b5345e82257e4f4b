namespace Engine.Metadata.Tests.Posix;

/// <summary>What a <see cref="WrongNamespace"/> does wrong.</summary>
public enum Mistake
{
    IgnoresExclusive,
    IgnoresStickyBitOfNewDirectory,
    RemovesForAnybody,
    RenameRemovesSecondNameOfOneFile,
    ThrowsAtRenameOverDirectory,
    XattrChangesModificationTime,
}
