namespace Engine.Metadata;

/// <summary>How far an answer to <see cref="Discover"/> goes. Values are sent.</summary>
public enum DiscoverOutcome
{
    /// <summary>To the end of the path, or as far as can be told now: ask on from there.</summary>
    Answered,

    /// <summary>The sender is not authority here.</summary>
    NotAuthority,

    /// <summary>A name on the path is no directory.</summary>
    NotDirectory,

    /// <summary>The base or a name is gone.</summary>
    Gone,
}
