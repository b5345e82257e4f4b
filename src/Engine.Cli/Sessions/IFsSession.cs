namespace Engine.Cli.Sessions;

/// <summary>A namespace opened for one command.</summary>
internal interface IFsSession : IDisposable
{
    /// <summary>Asked by the command.</summary>
    FsClient Client { get; }

    /// <summary>Ranks that the namespace has, from 0 on; asked for after a reply.</summary>
    int RankCount { get; }

    /// <summary>Ends in order.</summary>
    /// <returns>Null; or why what was changed is in the journal alone, and what to do.</returns>
    string? Close();
}
