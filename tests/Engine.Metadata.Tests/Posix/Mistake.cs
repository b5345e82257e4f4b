namespace Engine.Metadata.Tests.Posix;

/// <summary>What a <see cref="WrongNamespace"/> does wrong.</summary>
public enum Mistake
{
    ExchangeReplaces,
    IgnoresExclusive,
    IgnoresStickyBitOfNewDirectory,
    RemovesForAnybody,
    RenameRemovesSecondNameOfOneFile,
    ThrowsAtRenameOverDirectory,
    XattrChangesModificationTime,
}
