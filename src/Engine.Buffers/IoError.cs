namespace Engine.Buffers;

/// <summary>An operating error as a value: zero for success, else a positive Linux errno (errno(3)).</summary>
public readonly record struct IoError(int Errno)
{
    /// <summary>Success.</summary>
    public static IoError None => default;

    public static IoError NotPermitted => new(1);
    public static IoError NoEntry => new(2);
    public static IoError Io => new(5);
    public static IoError Again => new(11);
    public static IoError NoMemory => new(12);
    /// <summary>A list of arguments or values is too long.</summary>
    public static IoError TooBig => new(7);

    /// <summary>Permission is lacking.</summary>
    public static IoError Access => new(13);

    public static IoError Busy => new(16);
    public static IoError Exists => new(17);
    public static IoError NotDirectory => new(20);
    public static IoError IsDirectory => new(21);
    public static IoError Invalid => new(22);
    public static IoError NoSpace => new(28);
    public static IoError ReadOnly => new(30);
    public static IoError TooManyLinks => new(31);
    public static IoError NameTooLong => new(36);
    public static IoError NotEmpty => new(39);

    /// <summary>Too many symbolic links on a path.</summary>
    public static IoError Loop => new(40);

    /// <summary>There is no such attribute.</summary>
    public static IoError NoData => new(61);

    public static IoError Overflow => new(75);

    /// <summary>A message or record is longer than its carrier takes.</summary>
    public static IoError TooLong => new(90);

    public static IoError NotSupported => new(95);

    /// <summary>The cache or store is shut down, or its client is fenced.</summary>
    public static IoError Shutdown => new(108);

    public static IoError TimedOut => new(110);

    /// <summary>Another incarnation has taken over: what this one does no longer counts.</summary>
    public static IoError Stale => new(116);

    /// <summary>Stored bytes are not what was written.</summary>
    public static IoError Damaged => new(117);

    public static IoError Cancelled => new(125);

    /// <summary>True for success.</summary>
    public bool IsNone => Errno == 0;

    /// <summary>True for any error.</summary>
    public bool Failed => Errno != 0;

    /// <summary>The error in a result that is a count or a negative errno.</summary>
    public static IoError FromResult(long result) => result < 0 ? new IoError((int)-result) : default;

    /// <summary>The symbolic name, for example <c>EIO</c>.</summary>
    public string Name => Errno switch
    {
        0 => "OK",
        1 => "EPERM",
        2 => "ENOENT",
        4 => "EINTR",
        5 => "EIO",
        6 => "ENXIO",
        7 => "E2BIG",
        9 => "EBADF",
        11 => "EAGAIN",
        12 => "ENOMEM",
        13 => "EACCES",
        14 => "EFAULT",
        16 => "EBUSY",
        17 => "EEXIST",
        18 => "EXDEV",
        19 => "ENODEV",
        20 => "ENOTDIR",
        21 => "EISDIR",
        22 => "EINVAL",
        24 => "EMFILE",
        25 => "ENOTTY",
        27 => "EFBIG",
        28 => "ENOSPC",
        29 => "ESPIPE",
        30 => "EROFS",
        31 => "EMLINK",
        36 => "ENAMETOOLONG",
        38 => "ENOSYS",
        39 => "ENOTEMPTY",
        40 => "ELOOP",
        61 => "ENODATA",
        66 => "EREMOTE",
        74 => "EBADMSG",
        75 => "EOVERFLOW",
        84 => "EILSEQ",
        90 => "EMSGSIZE",
        95 => "EOPNOTSUPP",
        108 => "ESHUTDOWN",
        110 => "ETIMEDOUT",
        116 => "ESTALE",
        117 => "EUCLEAN",
        122 => "EDQUOT",
        125 => "ECANCELED",
        _ => "errno " + Errno.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    /// <inheritdoc/>
    public override string ToString() => Name;
}
