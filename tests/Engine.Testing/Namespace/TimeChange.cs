namespace Engine.Testing.Namespace;

/// <summary>What utimensat(3p) does to one time: leave it, set it to now, or to a given value.</summary>
public readonly record struct TimeChange
{
    private TimeChange(bool isNow, Timestamp? value)
    {
        IsNow = isNow;
        Value = value;
    }

    /// <summary>UTIME_OMIT.</summary>
    public static TimeChange Omit => default;

    /// <summary>UTIME_NOW.</summary>
    public static TimeChange Now => new(true, null);

    public bool IsNow { get; }

    /// <summary>The value to set; null for now and for omit.</summary>
    public Timestamp? Value { get; }

    public bool IsOmit => !IsNow && Value is null;

    /// <summary>A given number of seconds since 1970.</summary>
    public static TimeChange At(long seconds) => new(false, new Timestamp(seconds, 0));
}
