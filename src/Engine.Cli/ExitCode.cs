namespace Engine.Cli;

/// <summary>Exit codes of <c>engine</c>.</summary>
internal enum ExitCode
{
    /// <summary>All is well.</summary>
    Ok = 0,

    /// <summary>A failure was found: wrong or lost data, an I/O error, a damaged volume.</summary>
    Failure = 1,

    /// <summary>The command line, a job file or a trace is wrong.</summary>
    Usage = 2,

    /// <summary>The machine cannot do it: path, permission, device, kernel.</summary>
    Environment = 3,

    /// <summary>Ended by SIGINT, as a shell would say it; by SIGTERM it is <see cref="Terminated"/>. A failure found before comes
    /// first.</summary>
    Interrupted = 130,

    /// <summary>Ended by SIGTERM.</summary>
    Terminated = 143,
}
