namespace Engine.Migration.Tests;

/// <summary>Who comes back after deaths. Source: reliability anchors, section 7.</summary>
internal enum RestartPolicy
{
    /// <summary>Everybody, as soon as the others know.</summary>
    BothReturn,

    /// <summary>Not the exporter, which is dead then wherever else somebody died: the others have to do without for a minute.
    /// Then another process has its rank, so that what is left can be compared.</summary>
    ExporterNever,

    /// <summary>Not the importer, in the same way.</summary>
    ImporterNever,
}
