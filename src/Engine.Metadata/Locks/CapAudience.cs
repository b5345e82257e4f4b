namespace Engine.Metadata;

/// <summary>Whose caps a lock allows.</summary>
public enum CapAudience
{
    /// <summary>A client at the authority.</summary>
    Any,

    /// <summary>The one client at the authority that is chosen to have exclusive caps.</summary>
    Loner,

    /// <summary>A client at a replica.</summary>
    Replica,
}
